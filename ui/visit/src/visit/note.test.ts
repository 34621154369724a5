import { describe, expect, it } from 'vitest'
import { isUnkept, LETTERS_MAX, lettersOf } from './note'

describe('a note', () => {
  it('is counted in Chinese letters, as it is kept', () => {
    expect(lettersOf('')).toBe(0)
    expect(lettersOf('  门前有井\n')).toBe(4)
    expect(lettersOf('ab')).toBe(1)
    expect(lettersOf('abcd')).toBe(2)
    // Four bytes, though two units of a string.
    expect(lettersOf('𠮷')).toBe(2)
  })
  it('never takes more bytes than the door does while it is not too long', () => {
    const longest = '井'.repeat(LETTERS_MAX)
    expect(lettersOf(longest)).toBe(LETTERS_MAX)
    expect(new TextEncoder().encode(longest).length).toBeLessThanOrEqual(8192)
    expect(lettersOf(`${longest}ab`)).toBeGreaterThan(LETTERS_MAX)
  })
  it('is lost with the page only where something was written', () => {
    expect(isUnkept(' \n')).toBe(false)
    expect(isUnkept('井')).toBe(true)
  })
})
