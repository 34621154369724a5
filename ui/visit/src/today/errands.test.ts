import type { Errand } from '@hudang/shared/bridge'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadPinyin } from '../frame/pinyin'
import { chosen, directionTo, metresBetween, rowsOf } from './errands'

function errand(code: string, over: Partial<Errand> = {}): Errand {
  return {
    household: code,
    code,
    head: null,
    address: null,
    phone: null,
    area: null,
    contract: 'c',
    visit: null,
    form: 'f',
    people: [],
    state: 'new',
    sealing: { taking_part: 0, awaited: [] },
    due: null,
    last_visit_ms: null,
    place: null,
    lacks: null,
    ...over,
  }
}
const codes = (rows: Array<{ errand: Errand }>): string[] => rows.map((row) => row.errand.code)

describe('the list of today', () => {
  beforeAll(loadPinyin)

  it('finds by code, address, pinyin and initials, all words together', () => {
    const rows = rowsOf([errand('户-001', { head: '斯琴', address: '白音嘎查 3 号' }), errand('户-002', { address: '武川县' })])
    for (const search of ['001', '斯琴', 'siqin', '白音', 'baiyin', 'bygc', 'BYGC 001']) {
      expect(codes(chosen(rows, search, 'all', 'code', null))).toEqual(['户-001'])
    }
    expect(chosen(rows, 'bygc 002', 'all', 'code', null)).toEqual([])
  })
  it('sorts by due day with the codes as numbers, households without a day last', () => {
    const rows = rowsOf([
      errand('h10', { due: '2026-01-02' }),
      errand('h9', { due: '2026-01-02' }),
      errand('h1'),
      errand('h2', { due: '2026-01-01' }),
    ])
    expect(codes(chosen(rows, '', 'all', 'due', null))).toEqual(['h2', 'h9', 'h10', 'h1'])
  })
  it('sorts by near, households without a place last', () => {
    const here = { lat_e7: 410000000, lon_e7: 1100000000 }
    const rows = rowsOf([
      errand('x'),
      errand('far', { place: { lat_e7: 420000000, lon_e7: 1100000000 } }),
      errand('near', { place: here }),
    ])
    expect(codes(chosen(rows, '', 'all', 'near', here))).toEqual(['near', 'far', 'x'])
  })
  it('keeps sealed and taken back households out of what is to do', () => {
    const rows = rowsOf([
      errand('a'),
      errand('b', { state: 'sealed' }),
      errand('e', { state: 'half_sealed', sealing: { taking_part: 2, awaited: ['yi'] } }),
      errand('c', { state: 'open' }),
      errand('d', { state: 'withdrawn' }),
    ])
    expect(codes(chosen(rows, '', 'todo', 'code', null))).toEqual(['a', 'c', 'e'])
    expect(codes(chosen(rows, '', 'done', 'code', null))).toEqual(['b', 'd'])
  })
  it('searches and sorts two thousand households within a frame or two', () => {
    const rows = rowsOf(Array.from({ length: 2000 }, (_, n) => errand(`户-${n}`, { address: `示例嘎查 ${n} 号` })))
    const began = performance.now()
    expect(chosen(rows, 'slgc 19', 'all', 'due', null).length).toBeGreaterThan(100)
    expect(performance.now() - began).toBeLessThan(100)
  })
})

describe('the way to a household', () => {
  it('has a length and a direction', () => {
    const a = { lat_e7: 410000000, lon_e7: 1100000000 }
    expect(metresBetween(a, { lat_e7: 411000000, lon_e7: 1100000000 })).toBeCloseTo(11_119, -2)
    expect(directionTo(a, { lat_e7: 411000000, lon_e7: 1100000000 })).toBe(0)
    expect(directionTo(a, { lat_e7: 410000000, lon_e7: 1101000000 })).toBe(2)
    expect(directionTo(a, { lat_e7: 409000000, lon_e7: 1099000000 })).toBe(5)
  })
})
