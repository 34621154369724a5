import type { Errand } from '@hudang/shared/bridge'
import { expect, test } from 'vitest'
import { isPhone, sameAs } from './found'

const errand = (code: string, head: string | null, address: string | null, phone: string | null): Errand =>
  ({ code, head, address, phone }) as unknown as Errand

test('a telephone number is told from a text', () => {
  for (const one of ['', '13900000001', ' 139 0000 0001', '１３９０００００００１', '0479-3221234', '04793221234']) {
    expect(isPhone(one), one).toBe(true)
  }
  for (const one of ['abc', '1390000000', '12900000001', '139000000012', '没有']) expect(isPhone(one), one).toBe(false)
})

test('the same household is found, and a neighbour or a namesake is not', () => {
  const listed = [
    errand('户-001', '巴图', '示例嘎查 1 号', '13900000001'),
    errand('户-002', null, '示例嘎查 2 号', null),
    errand('户-003', '其其格', null, null),
  ]
  const code = (head: string, address: string, phone: string): string | null =>
    sameAs({ head, address, phone }, listed)?.code ?? null
  expect(code('巴图', '示例嘎查1号', '')).toBe('户-001')
  expect(code(' 巴图 ', '别处', '１３９０００００００１')).toBe('户-001')
  expect(code('', '示例嘎查 2 号', '')).toBe('户-002')
  expect(code('巴图', '示例嘎查 9 号', '')).toBe(null)
  expect(code('敖登', '示例嘎查 1 号', '')).toBe(null)
  expect(code('其其格', '', '')).toBe(null)
})
