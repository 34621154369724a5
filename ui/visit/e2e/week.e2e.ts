import { expect, test } from 'vitest'
import type { Field } from './field'
import type { Hand } from './hand'
import { RECEIVED, answerTo, begin, go, join, line, photograph, refusedVisit, reopen, seal, send } from './steps'
import { story } from './story'

let field: Field
let hand: Hand

story('week', (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
})

/** The next morning: the phone was switched off over night. */
const morning = (day: number): Promise<void> => reopen(hand, field, { daysAhead: day })

test('a week far from any network: a visit each day, and everything arrives when there is one again', async () => {
  await field.serverGoes()

  await morning(1)
  await refusedVisit(hand, field, '户-011')
  const draft = await begin(hand, '户-020', '完成入户')
  await hand.tap(line(hand, /问卷/))
  await hand.type(answerTo(hand, '详细住址'), '北草场二号')
  await answerTo(hand, '详细住址').blur()
  await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()

  await morning(2)
  await refusedVisit(hand, field, '户-012')
  // Nobody is at home, today and on another day.
  const absent = await begin(hand, '户-013', '家中无人')
  await join(hand, field)
  await photograph(hand, /不同日期的上门照片/, false)
  await photograph(hand, /不同日期的上门照片/, false)
  await line(hand, /不同日期的上门照片/)
    .getByText('1/2')
    .waitFor()

  await morning(3)
  await go(hand, '/sync')
  await send(hand)
  await hand.look('95-week-no-server')
  await refusedVisit(hand, field, '户-014')

  await morning(5)
  await go(hand, absent)
  await photograph(hand, /不同日期的上门照片/, true)
  await hand.page.getByText('都齐了').first().waitFor()
  await seal(hand, field)
  await go(hand, `${draft}/form`)
  expect(await answerTo(hand, '详细住址').inputValue()).toBe('北草场二号')

  await field.serverComes({ daysAhead: 7 })
  await morning(7)
  await go(hand, '/sync')
  await hand.look('96-week-before-sending')
  await send(hand)
  await hand.page.getByText('这次上传已结束').waitFor()
  await hand.page.getByText('没有问题').waitFor()
  await go(hand, '/today')
  await hand.tap(hand.page.locator('.chip').filter({ hasText: '已完成' }))
  for (const household of [/户-011/, /户-012/, /户-013/, /户-014/]) await line(hand, household).getByText(RECEIVED).waitFor()
  await hand.look('97-week-received')
  expect(hand.faults).toEqual([])
})
