import { expect, test } from 'vitest'
import type { Route } from 'playwright-core'
import type { Errand, Today } from '@hudang/shared/bridge'
import type { Field } from './field'
import type { Hand } from './hand'
import { begin, enter, go, line, place } from './steps'
import { story } from './story'

let field: Field
let hand: Hand

story(
  'map',
  async (theField, theHand) => {
    ;[field, hand] = [theField, theHand]
    await enter(hand, field)
    await hand.title('今日任务')
  },
  200,
)

const openMap = (): Promise<void> => hand.tap(hand.page.getByRole('link', { name: '地图' }))
const marks = () => hand.page.locator('.mark-on-map')
const told = () => hand.page.locator('.told')

test('a household that was located is on the map, and its card is reached from there and left to it', async () => {
  await openMap()
  await hand.page.getByText('这里的户都还没有位置').waitFor()
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.title('今日任务')

  for (const [code, latitude, longitude] of [
    ['户-001', 41.0937, 111.4517],
    ['户-002', 41.1037, 111.4717],
  ] as const) {
    await hand.context.setGeolocation({ latitude, longitude, accuracy: 8 })
    await begin(hand, code, '拒绝入户')
    await place(hand)
    await line(hand, /定位/).waitFor()
  }
  await go(hand, '/today')
  await openMap()
  await marks().nth(1).waitFor()
  expect(await marks().count()).toBe(2)
  await hand.page.getByText('图上 2 户').waitFor()
  await hand.page.getByText('另有 198 户还没有位置').waitFor()
  // One stands where the second household is: the first lies south-west of there.
  await hand.tap(marks().and(hand.page.getByLabel(/户-001/)))
  await told()
    .getByText(/户-001/)
    .waitFor()
  await told()
    .getByText(/进行中 · 西南 2\.0 公里/)
    .waitFor()
  await hand.look('71-map')
  await hand.act('看这一户：户-001')
  await hand.page.getByText('完成入户要带回').waitFor()
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.title('地图')
  await told()
    .getByText(/户-001/)
    .waitFor()
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.title('今日任务')
  expect(await hand.page.locator('.chip[aria-pressed=true]').textContent()).toContain('未完成')
  expect(hand.faults).toEqual([])
})

const VILLAGES = [
  { lat: 41.09, lon: 111.45, area: '白音嘎查' },
  { lat: 41.36, lon: 112.0, area: '示例村' },
  { lat: 41.6, lon: 111.35, area: '上滩村' },
] as const

/** The phone's reply, as if it had been to all households: three villages, sixty kilometres from each other. */
async function asIfLocated(route: Route): Promise<void> {
  const reply = await route.fetch()
  const today = (await reply.json()) as Today
  let state = 7
  const next = (): number => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32
  const errands = today.errands.map((errand, n): Errand => {
    const { lat, lon, area } = VILLAGES[n % 3]!
    const at = { lat_e7: Math.round((lat + next() * 0.008) * 1e7), lon_e7: Math.round((lon + next() * 0.012) * 1e7) }
    return { ...errand, area, place: n % 10 === 9 ? null : at }
  })
  await route.fulfill({ response: reply, json: { ...today, errands } })
}

test('two hundred households in three villages: three marks, that come apart from near', async () => {
  await hand.page.route('**/command/today', asIfLocated)
  await go(hand, '/me')
  await go(hand, '/map?which=all')
  await hand.page.getByText('图上 180 户').waitFor()
  await marks().nth(2).waitFor()
  expect(await marks().count()).toBe(3)
  for (const { area } of VILLAGES) await hand.page.locator('.name', { hasText: area }).waitFor()
  await hand.look('72-map-villages')
  await hand.lookLargeAndDark('72-map-villages')

  await hand.tap(hand.page.getByLabel('示例村 60 户'))
  await told().getByText('示例村 60 户').waitFor()
  await hand.act('放大看这几户')
  await expect.poll(() => marks().count()).toBeGreaterThan(10)
  await hand.page.locator('.bar').getByText('米', { exact: false }).waitFor()
  await hand.look('73-map-village')
  expect(await overlapping()).toEqual([])

  // A finger that misses the mark by a little means it; one that draws the map along means nothing.
  const alone = marks().filter({ hasNot: hand.page.locator('.count') })
  const box = await alone.first().boundingBox()
  if (box === null) throw new Error('no household alone')
  const before = await told().textContent()
  await hand.page.mouse.move(box.x + 5, box.y + 5)
  await hand.page.mouse.down()
  await hand.page.mouse.move(box.x + 45, box.y + 5, { steps: 5 })
  await hand.page.mouse.up()
  expect(await told().textContent()).toBe(before)
  const moved = await alone.first().boundingBox()
  expect(Math.round((moved?.x ?? 0) - box.x)).toBeGreaterThan(20)

  // The same without a finger.
  await hand.page.getByRole('button', { name: '全部', exact: true }).focus()
  await hand.page.keyboard.press('Enter')
  await expect.poll(() => marks().count()).toBe(3)
  await marks().first().focus()
  await hand.page.keyboard.press('Enter')
  await told().getByText('60 户').waitFor()
  await hand.page.locator('svg.paper').focus()
  await hand.page.keyboard.press('+')
  await hand.page.keyboard.press('ArrowLeft')
  expect(hand.faults).toEqual([])
  await hand.page.unroute('**/command/today')
})

test("without a place of one's own the map works as well", async () => {
  await hand.context.clearPermissions()
  await go(hand, '/me')
  await go(hand, '/map?which=all')
  await marks().nth(1).waitFor()
  await hand.tap(hand.page.getByRole('button', { name: '我附近' }))
  await hand.page.getByText('还不知道现在的位置').waitFor()
  await hand.tap(marks().first())
  expect(await told().textContent()).not.toContain('公里')
  expect(hand.faults).toEqual([])
})

/** Names that cover each other. */
async function overlapping(): Promise<string[]> {
  return hand.page.evaluate(() => {
    const names = [...document.querySelectorAll('.name')].map((name) => ({
      text: name.textContent ?? '',
      box: name.getBoundingClientRect(),
    }))
    // A letter's box is higher than its ink.
    const slack = 4
    return names.flatMap((a, n) =>
      names
        .slice(n + 1)
        .filter(
          ({ box }) =>
            a.box.left + slack < box.right &&
            box.left + slack < a.box.right &&
            a.box.top + slack < box.bottom &&
            box.top + slack < a.box.bottom,
        )
        .map((b) => `${a.text} / ${b.text}`),
    )
  })
}
