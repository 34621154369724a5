import { afterEach, expect, it } from 'vitest'
import { askByChannel, askByLocks, type Claim, type Turn } from './turn'

/** How long a window waits for an answer here, and until when it has surely come. */
const [WAIT_MS, SETTLED_MS] = [30, 120]

const open: Claim[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.leave()
})

/** A window that asks by messages, and everything that it was told. */
function window(visit: string): Claim & { told: Turn[] } {
  const told: Turn[] = []
  const claim = askByChannel(WAIT_MS)(visit, (turn) => told.push(turn))
  open.push(claim)
  return { ...claim, told }
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLED_MS))

it('tells by messages the second window, and the first when it is taken over', async () => {
  const first = window('a')
  await settle()
  const second = window('a')
  const other = window('b')
  await settle()
  expect([first.told, second.told, other.told]).toEqual([['mine'], ['elsewhere'], ['mine']])
  second.take()
  await settle()
  expect([first.told, second.told]).toEqual([
    ['mine', 'elsewhere'],
    ['elsewhere', 'mine'],
  ])
  second.leave()
  await settle()
  expect(first.told).toEqual(['mine', 'elsewhere', 'mine'])
})

it('gives by messages one of two windows that ask at once the visit', async () => {
  const windows = [window('a'), window('a'), window('a')]
  await settle()
  expect(windows.flatMap(({ told }) => told).sort()).toEqual(['elsewhere', 'elsewhere', 'mine'])
})

it('has whatever it asks for in a page that may not use locks', async () => {
  const request = (): Promise<never> => Promise.reject(new DOMException('opaque', 'SecurityError'))
  const locks = { request, query: () => Promise.resolve({}) } as unknown as LockManager
  const told: Turn[] = []
  open.push(askByLocks(locks)('a', (turn) => told.push(turn)))
  await settle()
  expect(told).toEqual(['mine'])
})
