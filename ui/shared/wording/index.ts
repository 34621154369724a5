import { mn } from './mn'
import { zh, type Wording } from './zh-CN'

export type { Wording } from './zh-CN'

/** The languages of the screens. */
export type Language = 'zh-CN' | 'mn'

/** The texts of a language; what it lacks comes in Chinese. */
export function wordingOf(language: Language): Wording {
  return language === 'mn' ? over(zh, mn) : zh
}

function over<T extends object>(base: T, upper: object): T {
  const merged: Record<string, unknown> = { ...(base as Record<string, unknown>) }
  for (const [key, value] of Object.entries(upper)) {
    const below = merged[key]
    const isBranch = isTable(value) && isTable(below)
    merged[key] = isBranch ? over(below, value) : value
  }
  return merged as T
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
