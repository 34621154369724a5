import { describe, expect, it } from 'vitest'
import { cameraTimeOf, lengthOf, metresOf, shortDayOf, sizeOf } from './format'

describe('what people read', () => {
  it('names the year of a day only where it is another one', () => {
    const now = new Date(2026, 10, 25).getTime()
    expect(shortDayOf('2026-11-30', now)).toBe('11-30')
    expect(shortDayOf('2027-01-02', now)).toBe('2027-01-02')
  })
  it('takes a camera’s time as it is written, and leaves other texts alone', () => {
    expect(cameraTimeOf('2008:10:22 16:29:49')).toBe('2008-10-22 16:29')
    expect(cameraTimeOf('    :  :     :  :  ')).toBe('    :  :     :  :  ')
  })
  it('gives lengths, sizes and accuracies in whole steps', () => {
    expect(lengthOf(372_900)).toBe('6:12')
    expect(lengthOf(3_972_000)).toBe('1:06:12')
    expect(lengthOf(-5)).toBe('0:00')
    expect(sizeOf(1023)).toBe('1023 B')
    expect(sizeOf(3 * 1024 * 1024 + 200_000)).toBe('3.2 MB')
    expect(metresOf(799)).toBe('8.0')
    expect(metresOf(5_000)).toBe('50')
  })
})
