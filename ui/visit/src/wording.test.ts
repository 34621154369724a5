import { mn } from '@hudang/shared/wording/mn'
import { wordingOf } from '@hudang/shared/wording'
import { zh } from '@hudang/shared/wording/zh-CN'
import { describe, expect, it } from 'vitest'

function leaves(table: object, path: string[] = []): Array<[string, unknown]> {
  return Object.entries(table).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value, [...path, key])
      : [[[...path, key].join('.'), value] as [string, unknown]],
  )
}

describe('the texts', () => {
  it('leave no English word on a screen', () => {
    const allowed = /Wi-Fi|HEIC/g
    for (const [key, value] of leaves(zh)) {
      const source = typeof value === 'function' ? String((value as (...args: unknown[]) => string)(1, 2)) : String(value)
      expect(source.replace(allowed, ''), key).not.toMatch(/[A-Za-z]{2,}/)
    }
  })
  it('of Mongolian name only keys that there are, and fall back to Chinese', () => {
    const known = new Set(leaves(zh).map(([key]) => key))
    for (const [key] of leaves(mn)) expect(known).toContain(key)
    expect(wordingOf('mn').back).toBe(mn.back)
    expect(wordingOf('mn').seal.complete).toBe(zh.seal.complete)
  })
})
