import type { Errand, Place } from '@hudang/shared/bridge'
import { haystackOf } from '../frame/pinyin'

/** In which order households are listed. */
export type Order = 'due' | 'near' | 'code'

/** Which households are listed. */
export type Which = 'todo' | 'done' | 'all'

/** Which households an address asks for: `null` where it says nothing. */
export function whichOf(query: Record<string, unknown>): Which | null {
  const { which } = query
  return which === 'todo' || which === 'done' || which === 'all' ? which : null
}

/** A household with what the search looks through, worked out once for a list. */
export interface Row {
  errand: Errand
  key: string
  haystack: string
}

/** Prepares a list for searching. */
export function rowsOf(errands: Errand[]): Row[] {
  return errands.map((errand) => ({
    errand,
    key: `${errand.household} ${errand.contract} ${errand.visit ?? ''}`,
    haystack: haystackOf([errand.code, errand.head, errand.address, errand.area, errand.phone]),
  }))
}

/** Whether a visit is over as far as the phone is concerned. */
export function isDone({ state }: Pick<Errand, 'state'>): boolean {
  return ['sealed', 'received', 'counted', 'not_counted', 'withdrawn', 'voided'].includes(state)
}

/** The shape that tells how far a household is, in a list and on a map; never a colour alone. */
export function shapeOf({ state }: Errand): 'met' | 'waived' | 'missing' {
  if (state === 'received' || state === 'counted') return 'met'
  if (state === 'not_counted') return 'missing'
  return isDone({ state }) ? 'waived' : 'missing'
}

/** The rows that are asked for, in the order that is asked for. */
export function chosen(rows: Row[], search: string, which: Which, order: Order, here: Place | null): Row[] {
  const words = search
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const kept = rows.filter(({ errand, haystack }) => {
    if (which === 'todo' && isDone(errand)) return false
    if (which === 'done' && !isDone(errand)) return false
    return words.every((word) => haystack.includes(word))
  })
  const byCode = (a: Row, b: Row): number => a.errand.code.localeCompare(b.errand.code, 'zh-CN', { numeric: true })
  const byReturned = (a: Row, b: Row): number => Number(b.errand.state === 'returned') - Number(a.errand.state === 'returned')
  if (order === 'due') {
    return kept.sort((a, b) => byReturned(a, b) || (a.errand.due ?? '9').localeCompare(b.errand.due ?? '9') || byCode(a, b))
  }
  if (order === 'near' && here !== null) {
    const metres = new Map(kept.map((row) => [row, row.errand.place ? metresBetween(here, row.errand.place) : Infinity]))
    return kept.sort((a, b) => {
      const difference = (metres.get(a) ?? Infinity) - (metres.get(b) ?? Infinity)
      return Number.isNaN(difference) || difference === 0 ? byCode(a, b) : difference
    })
  }
  return kept.sort(byCode)
}

const RADIUS_METRES = 6_371_000
const radians = (e7: number): number => (e7 / 1e7) * (Math.PI / 180)

/** The way between two places as a bird flies. */
export function metresBetween(a: Place, b: Place): number {
  const lat = radians(b.lat_e7 - a.lat_e7)
  const lon = radians(b.lon_e7 - a.lon_e7)
  const h = Math.sin(lat / 2) ** 2 + Math.cos(radians(a.lat_e7)) * Math.cos(radians(b.lat_e7)) * Math.sin(lon / 2) ** 2
  return 2 * RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** In which of eight directions a place lies, clockwise from north. */
export function directionTo(from: Place, to: Place): number {
  const lon = radians(to.lon_e7 - from.lon_e7)
  const y = Math.sin(lon) * Math.cos(radians(to.lat_e7))
  const x =
    Math.cos(radians(from.lat_e7)) * Math.sin(radians(to.lat_e7)) -
    Math.sin(radians(from.lat_e7)) * Math.cos(radians(to.lat_e7)) * Math.cos(lon)
  return Math.round(((Math.atan2(y, x) * 180) / Math.PI + 360) / 45) % 8
}
