import { expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import type { Field } from './field'
import type { Hand } from './hand'
import { begin, choosePhoto, enter, go, line } from './steps'
import { story } from './story'

/** More than any disk has free, in MB: whatever there is, is too little. */
const ALL_OF_IT = 4_000_000_000

let field: Field
let hand: Hand

story('full', (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
})

async function reopen(reserveMb?: number): Promise<void> {
  await field.kill()
  await hand.page.close()
  await field.reopen(reserveMb === undefined ? {} : { reserveMb })
  await hand.newPage()
  await enter(hand, field)
  await hand.page.locator('h1').first().waitFor()
}

const address = (): Locator => hand.page.locator('.question').filter({ hasText: '详细住址' }).locator('.input')

test('a full phone takes no photo and no recording, says so, and keeps every answer', async () => {
  await reopen(ALL_OF_IT)
  await begin(hand, '户-010', '完成入户')
  const visit = new URL(hand.page.url()).hash.slice(1)

  await hand.tap(line(hand, /照片/).first())
  await choosePhoto(hand)
  const told = hand.page.locator('[role=alert]').filter({ hasText: '空间不足' })
  await told.waitFor()
  expect(await hand.page.locator('.photo').count()).toBe(0)
  await hand.look('90-full-photo')
  await hand.tap(told.getByText('看剩余空间'))
  await hand.title('我的')
  await hand.page.getByText('剩余空间').waitFor()
  await hand.look('91-full-me')

  await go(hand, `${visit}/consent`)
  await hand.act('全部同意')
  await hand.tap(line(hand, /录音/).first())
  await hand.act('开始录音')
  await told.waitFor()
  await hand.page.getByText('没有在录音').waitFor()
  await hand.look('92-full-recording')

  await go(hand, visit)
  await hand.tap(line(hand, /问卷/))
  await hand.type(address(), '示例嘎查十号')
  await address().blur()
  await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()
  await reopen(ALL_OF_IT)
  await go(hand, `${visit}/form`)
  expect(await address().inputValue()).toBe('示例嘎查十号')

  // Somebody made room: nothing of the visit has to be done again.
  await reopen()
  await go(hand, visit)
  await hand.tap(line(hand, /照片/).first())
  await choosePhoto(hand)
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await line(hand, /照片/).locator('.mark.met').first().waitFor()
  expect(hand.faults).toEqual([])
})
