import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Browser, Locator } from 'playwright-core'
import path from 'node:path'
import { Field, ROOT } from './field'
import { Hand, openBrowser } from './hand'
import { jpeg } from './picture'

let browser: Browser
let field: Field
let hand: Hand

beforeAll(async () => {
  ;[browser, field] = await Promise.all([openBrowser(), Field.begin('outcomes')])
  hand = await Hand.hold(browser)
  await hand.page.goto(field.url)
  await hand.type(hand.page.locator('#pin'), field.told.pin)
  await hand.act('解锁')
  await hand.title('今日任务')
})
afterAll(async () => {
  await browser?.close()
  await field?.end()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'pass') return
  await hand?.page.screenshot({ path: path.join(ROOT, 'target/screens/failed-outcomes.png') }).catch(() => undefined)
  process.stdout.write(`${hand?.page.url()}\n${hand?.faults.join('\n')}\n`)
})

const line = (name: RegExp): Locator => hand.page.locator('main .line').filter({ hasText: name })

async function begin(household: RegExp, outcome: string): Promise<void> {
  await hand.page.goto(`${field.url.replace(/\/$/, '')}/#/today`)
  await hand.tap(line(household))
  await hand.act('入户结果')
  await hand.tap(hand.page.getByText(outcome, { exact: true }))
  await hand.act('确定结果')
  await hand.page.getByText('还缺').first().waitFor()
}
async function join(): Promise<void> {
  await hand.tap(line(/同行调查员/))
  await hand.type(hand.page.locator('#join-pin'), field.told.pin)
  await hand.act('加入')
  await hand.act('回到入户')
}
/** The screen leads back when there are enough, and stays where one more is wanted. */
async function photograph(of: RegExp, isEnough: boolean): Promise<void> {
  await hand.tap(line(of))
  await hand.page.locator('.frame-action .button.primary:enabled').waitFor()
  const chooser = hand.page.waitForEvent('filechooser')
  await hand.act(/拍照|再拍/)
  await (await chooser).setFiles(await jpeg(hand.page, `door ${hand.taps}`))
  if (!isEnough) {
    await hand.page.locator('main img').first().waitFor()
    await hand.tap(hand.page.locator('.frame-back'))
  }
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await line(of).first().waitFor()
}

test('nobody at home: only the door is wanted, on two different days', async () => {
  await begin(/户-006/, '家中无人')
  expect(await line(/问卷|录音|签字/).count()).toBe(0)
  await join()
  await photograph(/不同日期的上门照片/, false)
  await line(/不同日期的上门照片/).getByText('1/2').waitFor()
  await hand.look('80-nobody-at-home')
  expect(hand.faults).toEqual([])
})

test('a household that refuses: the door and the place, sealed and received without a questionnaire', async () => {
  await begin(/户-007/, '拒绝入户')
  expect(await line(/问卷|录音|签字/).count()).toBe(0)
  await join()
  await photograph(/照片/, true)
  await hand.tap(line(/定位/))
  await hand.page.locator('.number').filter({ hasText: '误差' }).waitFor()
  await hand.act('记下这个位置')
  await hand.page.getByText('都齐了').first().waitFor()
  await hand.look('81-refused')
  await hand.act('封存')
  await hand.page.locator('form#seal input').first().waitFor()
  for (const pin of await hand.page.locator('form#seal input').all()) await hand.type(pin, field.told.pin)
  await hand.act('封存')
  await hand.page.getByText('已封存').first().waitFor()
  await hand.act('去上传')
  await hand.act('现在上传')
  await hand.page.getByText('已收到回执').first().waitFor({ timeout: 60_000 })
  // It is received; the contract pays for visits that were done.
  expect(field.counted()).toBe(0)
  expect(hand.faults).toEqual([])
})
