import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Browser } from 'playwright-core'
import path from 'node:path'
import { Field, ROOT } from './field'
import { Hand, openBrowser } from './hand'
import { begin, enter, join, line, photograph, place, seal } from './steps'

let browser: Browser
let field: Field
let hand: Hand

beforeAll(async () => {
  ;[browser, field] = await Promise.all([openBrowser(), Field.begin('outcomes')])
  hand = await Hand.hold(browser)
  await enter(hand, field)
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

test('nobody at home: only the door is wanted, on two different days', async () => {
  await begin(hand, field, '户-006', '家中无人')
  expect(await line(hand, /问卷|录音|签字/).count()).toBe(0)
  await join(hand, field)
  await photograph(hand, /不同日期的上门照片/, false)
  await line(hand, /不同日期的上门照片/)
    .getByText('1/2')
    .waitFor()
  await hand.look('80-nobody-at-home')
  expect(hand.faults).toEqual([])
})

test('a household that refuses: the door and the place, sealed and received without a questionnaire', async () => {
  await begin(hand, field, '户-007', '拒绝入户')
  expect(await line(hand, /问卷|录音|签字/).count()).toBe(0)
  await join(hand, field)
  await photograph(hand, /照片/, true)
  await place(hand)
  await hand.page.getByText('都齐了').first().waitFor()
  await hand.look('81-refused')
  await seal(hand, field)
  await hand.act('去上传')
  await hand.act('现在上传')
  await hand.page.getByText('已收到回执').first().waitFor({ timeout: 60_000 })
  // It is received; the contract pays for visits that were done.
  expect(field.counted()).toBe(0)
  expect(hand.faults).toEqual([])
})
