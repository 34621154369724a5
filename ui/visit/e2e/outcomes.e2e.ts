import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Field } from './field'
import type { Hand } from './hand'
import { jpeg } from './picture'
import { signSheet } from './sheet'
import { RECEIVED, begin, choosePhoto, enter, go, join, joinThere, line, photograph, place, seal, send } from './steps'
import { story } from './story'

let field: Field
let hand: Hand

story('outcomes', async (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
  await enter(hand, field)
  await hand.title('今日任务')
})

test('nobody at home: only the door is wanted, on two different days', async () => {
  await begin(hand, '户-006', '家中无人')
  expect(await line(hand, /问卷|录音|签字/).count()).toBe(0)
  await join(hand, field)
  await photograph(hand, /不同日期的上门照片/, false)
  await line(hand, /不同日期的上门照片/)
    .getByText('1/2')
    .waitFor()
  await hand.look('80-nobody-at-home')
  expect(hand.faults).toEqual([])
})

/** Why a row of the visit is not finished. */
const why = (row: RegExp): Locator => hand.page.locator('main li').filter({ hasText: row }).locator('.why')

test('a photo that does not suffice says why, beside it and in its row of the visit', async () => {
  const shot = await jpeg(hand.page, 'one door')
  const visit = await begin(hand, '户-021', '完成入户')
  await hand.tap(line(hand, /门牌/))
  const chooser = hand.page.waitForEvent('filechooser')
  await hand.tap(hand.page.getByRole('button', { name: '从相册选' }))
  await (await chooser).setFiles(await jpeg(hand.page, 'of last year'))
  await hand.page.locator('.photo .doubt').getByText('从相册选的，不计入数量').waitFor()
  await hand.look('80-photo-from-album')
  await go(hand, visit)
  await why(/门牌/)
    .getByText(/相册|现场/)
    .waitFor()
  await hand.tap(line(hand, /门牌/))
  await choosePhoto(hand, shot)
  await hand.page.waitForURL((url) => !decodeURI(url.hash).endsWith('/photos/门牌'))

  // The same file in the visit of another household of this phone.
  await begin(hand, '户-022', '完成入户')
  await hand.tap(line(hand, /门牌/))
  const photos = new URL(hand.page.url()).hash.slice(1)
  await choosePhoto(hand, shot)
  await hand.page.waitForURL((url) => url.hash.slice(1) !== photos)
  await go(hand, photos)
  await hand.page.locator('.photo .doubt').getByText('另一户已用过同一个文件').waitFor()
  await hand.look('80-photo-of-another-household')

  // Nobody is at home: two photos of one day are one attempt.
  await begin(hand, '户-023', '家中无人')
  await photograph(hand, /不同日期的上门照片/, false)
  await photograph(hand, /不同日期的上门照片/, false)
  await why(/不同日期的上门照片/)
    .getByText(/天|日/)
    .waitFor()
  await hand.tap(line(hand, /不同日期的上门照片/))
  await hand.page.locator('.photo .doubt').getByText('同一天只算上门一次').first().waitFor()
  await hand.look('80-photo-of-the-same-day')
  expect(hand.faults).toEqual([])
})

/** What a household that refuses costs the thumb, from the list to the seal; a change that needs more has to say so here. */
const REFUSED_TAPS_MAX = 11

test('a household that refuses is done with few taps: each step leads on to the next', async () => {
  await go(hand, '/today')
  await hand.page.locator('input[type=search]').fill('户-011')
  hand.counts = { taps: 0, typed: 0 }
  await hand.tap(line(hand, /户-011/))
  await hand.act('开始入户')
  await hand.act('入户结果')
  await hand.tap(hand.page.getByText('拒绝入户', { exact: true }))
  await hand.title('同行调查员')
  await joinThere(hand, field)
  await hand.title('照片')
  await choosePhoto(hand)
  await hand.page.getByText('都齐了').first().waitFor()
  await seal(hand, field)
  process.stdout.write(`\n拒绝入户一次:点击 ${hand.counts.taps} 次\n`)
  expect(hand.counts.taps).toBeLessThanOrEqual(REFUSED_TAPS_MAX)
  expect(hand.faults).toEqual([])
})

test('a household that refuses: the door and the place, sealed and received without a questionnaire', async () => {
  await begin(hand, '户-007', '拒绝入户')
  expect(await line(hand, /问卷|录音|签字/).count()).toBe(0)
  await join(hand, field)
  await photograph(hand, /照片/, true)
  await place(hand)
  await hand.page.getByText('都齐了').first().waitFor()
  await hand.look('81-refused')
  await seal(hand, field)
  await hand.act('去上传')
  await hand.page.getByText(RECEIVED).first().waitFor({ timeout: 60_000 })
  // It is received; the contract pays for visits that were done, and whoever made it hears so.
  expect(field.counted()).toBe(0)
  await line(hand, /户-007/)
    .getByText('未计数，点开看原因')
    .waitFor({ timeout: 60_000 })
  await hand.tap(line(hand, /户-007/))
  await hand.page.getByText('服务器没有计数').waitFor()
  await hand.page.getByText('该入户结果不计数量').waitFor()
  await hand.page.getByText('入户结果属实即可，不必补做。').waitFor()
  expect(await hand.page.getByText('留痕不完整').count()).toBe(0)
  await hand.look('81-refused-not-counted')
  expect(hand.faults).toEqual([])
})

/** What a visit says that it still wants, by its number and by its lines; 0 where nothing is missing. */
async function wantedThere(visit: string): Promise<number> {
  await go(hand, visit)
  await hand.page
    .getByText(/还缺|都齐了/)
    .first()
    .waitFor()
  const text = (await hand.page.locator('main [role=status]').allTextContents()).join(' ')
  const lines = await hand.page.locator('main .mark.missing').count()
  expect(Number(/还缺 (\d+) 项/.exec(text)?.[1] ?? 0), text).toBe(lines)
  return lines
}

/** The same as the list says it of a household. */
async function wantedOnList(household: string): Promise<number> {
  await go(hand, '/today')
  await hand.page.locator('input[type=search]').fill(household)
  const text = (await line(hand, new RegExp(household)).textContent()) ?? ''
  return text.includes('材料已齐') ? 0 : Number(/还缺 (\d+) 项/.exec(text)?.[1] ?? NaN)
}

test('what is still missing is one number, on the list and in the visit', async () => {
  const household = '户-012'
  const said: number[] = []
  const isOneNumber = async (visit: string): Promise<void> => {
    const there = await wantedThere(visit)
    expect(await wantedOnList(household)).toBe(there)
    said.push(there)
    await go(hand, visit)
    await hand.page.getByText('还缺').first().waitFor()
  }
  await go(hand, '/today')
  await hand.page.locator('input[type=search]').fill(household)
  await hand.tap(line(hand, /户-012/))
  await hand.act('开始入户')
  await hand.page.getByText('还缺').first().waitFor()
  const visit = new URL(hand.page.url()).hash.slice(1)
  // A form that nobody has begun does not read as one that is done.
  await line(hand, /问卷/).getByText('还没开始').waitFor()
  await isOneNumber(visit)
  await begin(hand, household, '完成入户', true)
  await isOneNumber(visit)
  await go(hand, `${visit}/consent`)
  for (const [to, answer] of [
    ['visit', 'yes'],
    ['photo', 'yes'],
    ['audio', 'no'],
  ])
    await hand.tap(hand.page.locator(`label:has(input[name=consent-${to}][value=${answer}])`))
  await hand.act('记下回答')
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await isOneNumber(visit)
  await join(hand, field)
  await isOneNumber(visit)
  // Somebody answers.
  await go(hand, `${visit}/form`)
  await hand.page.locator('.progress').getByText('还没开始').waitFor()
  await hand.look('85-form-not-begun')
  await hand.page.locator('.question .input').nth(2).fill('示例')
  await hand.page.locator('.question .input').nth(2).blur()
  await hand.page.locator('.progress').getByText('已填').waitFor()
  await isOneNumber(visit)
  await begin(hand, household, '拒绝入户', true)
  await isOneNumber(visit)
  await photograph(hand, /照片/, true)
  expect(await wantedOnList(household)).toBe(await wantedThere(visit))
  expect(said.at(-1)).toBeLessThan(said[0] ?? 0)
  expect(hand.faults).toEqual([])
})

test('who cannot write signs with a thumb, or through somebody who is named', async () => {
  const visit = await begin(hand, '户-009', '完成入户')
  await go(hand, `${visit}/signatures/household`)
  await hand.tap(hand.page.getByText('不会写字'))
  await hand.tap(hand.page.getByRole('button', { name: '由本人指定的人代签' }))
  await hand.page.getByText('请先写代签人姓名').waitFor()
  await hand.look('82-signature-for-another')
  await hand.type(hand.page.locator('#proxy'), '巴图，邻居')
  await hand.tap(hand.page.getByRole('button', { name: '由本人指定的人代签' }))
  await signSheet(hand)
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await go(hand, `${visit}/signatures/household`)
  await hand.page.getByText('代签：巴图，邻居').waitFor()
  await hand.tap(hand.page.getByText('不会写字'))
  const chooser = hand.page.waitForEvent('filechooser')
  await hand.tap(hand.page.getByRole('button', { name: '按手印后拍照' }))
  await (await chooser).setFiles(await jpeg(hand.page, 'thumb'))
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await go(hand, `${visit}/signatures/household`)
  await hand.page.getByText('手印 ·').waitFor()
  await hand.look('83-signature-thumbprint')
  expect(hand.faults).toEqual([])
})

test('a visit that was begun by mistake is void, which the office sees, and goes on again', async () => {
  await go(hand, '/today')
  await hand.page.locator('input[type=search]').fill('户-010')
  await hand.tap(line(hand, /户-010/))
  await hand.title('户-010')
  await hand.act('开始入户')
  await hand.page.getByText('还缺').first().waitFor()
  const visit = new URL(hand.page.url()).hash.slice(1)
  await hand.tap(hand.page.getByText('作废这次入户'))
  await hand.tap(hand.page.getByText('点错了，不是这一户'))
  await hand.look('83-void')
  await hand.tap(hand.page.getByRole('button', { name: '作废', exact: true }))
  await hand.page.getByText('这次入户已作废').waitFor()
  await hand.look('84-voided')
  // Nothing is wanted of it, and nothing can be added.
  expect(await line(hand, /./).count()).toBe(0)
  await hand.act('回到今日任务')
  await hand.page.locator('input[type=search]').fill('户-010')
  await hand.page.locator('.chip').filter({ hasText: '已完成' }).click()
  await line(hand, /户-010/)
    .getByText('误开，已作废')
    .waitFor()
  await go(hand, '/sync')
  await send(hand)
  expect(field.inState('voided')).toBe(1)

  await go(hand, visit)
  await hand.tap(hand.page.getByText('恢复，继续入户'))
  await hand.page.getByText('还缺').first().waitFor()
  await go(hand, '/sync')
  await send(hand)
  await expect.poll(() => field.inState('voided'), { timeout: 15_000 }).toBe(0)
  expect(hand.faults).toEqual([])
})
