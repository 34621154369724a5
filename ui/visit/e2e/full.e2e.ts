import { expect, test } from 'vitest'
import type { Field } from './field'
import type { Hand } from './hand'
import { answerTo, begin, choosePhoto, consentToAll, go, line, photograph, reopen } from './steps'
import { story } from './story'

/** More than any disk has free, in MB: whatever there is, is too little. */
const ALL_OF_IT = 4_000_000_000

let field: Field
let hand: Hand

story('full', (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
})

test('a full phone takes no photo and no recording, says so, and keeps every answer', async () => {
  await reopen(hand, field, { reserveMb: ALL_OF_IT })
  const visit = await begin(hand, '户-010', '完成入户')

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
  await consentToAll(hand)
  await hand.tap(line(hand, /录音/).first())
  await hand.act('开始录音')
  await told.waitFor()
  await hand.page.getByText('没有在录音').waitFor()
  await hand.look('92-full-recording')

  await go(hand, visit)
  await hand.tap(line(hand, /问卷/))
  await hand.type(answerTo(hand, '详细住址'), '示例嘎查十号')
  await answerTo(hand, '详细住址').blur()
  await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()
  await reopen(hand, field, { reserveMb: ALL_OF_IT })
  await go(hand, `${visit}/form`)
  expect(await answerTo(hand, '详细住址').inputValue()).toBe('示例嘎查十号')

  // Somebody made room: nothing of the visit has to be done again.
  await reopen(hand, field)
  await go(hand, visit)
  await photograph(hand, /照片：门牌/, true)
  await line(hand, /照片/).locator('.mark.met').first().waitFor()
  expect(hand.faults).toEqual([])
})
