import { describe, expect, it } from 'vitest'
import { greyOf } from './scan'

describe('the picture that the door looks for a code in', () => {
  it('has one byte a pixel, as light as the pixel', () => {
    const pixels = new Uint8ClampedArray([0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 255, 0, 255, 0, 255])
    expect([...greyOf(pixels)]).toEqual([0, 255, 76, 149])
  })
})
