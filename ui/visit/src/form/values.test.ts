import { describe, expect, it } from 'vitest'
import { inTenThousands, lunarOf, parseDate, parseEntry } from './values'

describe('what somebody types', () => {
  it('is a day in any of the ways a register writes it', () => {
    for (const text of ['19580312', '1958-3-12', '1958.03.12', '1958年3月12日']) expect(parseDate(text)).toBe('1958-03-12')
  })
  it('is no day where the calendar has none', () => {
    for (const text of ['19580230', '1958', '20231301', '']) expect(parseDate(text)).toBeNull()
    expect(parseDate('20240229')).toBe('2024-02-29')
  })
  it('is a number also from a Chinese keyboard', () => {
    expect(parseEntry('decimal', '１２．５０')).toEqual({ ok: true, value: '12.5' })
    expect(parseEntry('integer', '３')).toEqual({ ok: true, value: 3 })
    expect(parseEntry('decimal', '007')).toEqual({ ok: true, value: '7' })
  })
  it('stays what it is where it is no number, and is never made one', () => {
    expect(parseEntry('integer', '3.5')).toEqual({ ok: false })
    expect(parseEntry('integer', '三')).toEqual({ ok: false })
    expect(parseEntry('decimal', '1e5')).toEqual({ ok: false })
  })
  it('is a time to the second, as forms want it', () => {
    expect(parseEntry('time', '22:02')).toEqual({ ok: true, value: '22:02:00' })
    expect(parseEntry('date_time', '2026-03-02T09:30')).toEqual({ ok: true, value: '2026-03-02T09:30:00' })
  })
  it('takes an answer back when it is emptied', () => {
    expect(parseEntry('integer', '  ')).toEqual({ ok: true, value: null })
    expect(parseEntry('text', '')).toEqual({ ok: true, value: null })
  })
})

describe('hints beside a value', () => {
  it('gives the lunar day', () => {
    expect(lunarOf('2024-02-10')).toBe('2024年正月初一')
    expect(lunarOf('1958-03-12')).toBe('1958年正月廿三')
  })
  it('counts ten thousands only where zeros are miscounted', () => {
    expect(inTenThousands('9999')).toBeNull()
    expect(inTenThousands('120000')).toBe('12')
    expect(inTenThousands('')).toBeNull()
  })
})
