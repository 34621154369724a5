import type { Place } from '@hudang/shared/bridge'
import type { Wording } from '@hudang/shared/wording'
import { directionTo, metresBetween } from './errands'

/** A length in words: metres, from a kilometre on kilometres with one digit, of round ones without. */
export function lengthIn(metres: number, t: Wording): string {
  if (metres < 1000) return t.units.metres(Math.round(metres).toString())
  return t.units.kilometres((metres / 1000).toFixed(1))
}

/** The way from here to a household as a bird flies, e.g. `东北 1.2 公里`; null where either place is not known. */
export function wayTo(here: Place | null, place: Place | null, t: Wording): string | null {
  if (place === null || here === null) return null
  return `${t.units.directions[directionTo(here, place)] ?? ''} ${lengthIn(metresBetween(here, place), t)}`
}
