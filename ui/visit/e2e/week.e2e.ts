import { expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import type { Field } from './field'
import type { Hand } from './hand'
import { begin, enter, go, join, line, photograph, place, refusedVisit, seal } from './steps'
import { story } from './story'

let field: Field
let hand: Hand

story('week', (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
})

/** The next morning: the phone was switched off over night. */
async function morning(day: number): Promise<void> {
  await field.kill()
  await hand.page.close()
  await field.reopen({ daysAhead: day })
  await hand.newPage()
  await enter(hand, field)
  await hand.page.locator('h1').first().waitFor()
}

const address = (): Locator => hand.page.locator('.question').filter({ hasText: '详细住址' }).locator('.input')

test('a week far from any network: a visit each day, and everything arrives when there is one again', async () => {
  await field.serverGoes()

  await morning(1)
  await refusedVisit(hand, field, '户-011')
  await begin(hand, '户-020', '完成入户')
  const draft = new URL(hand.page.url()).hash.slice(1)
  await hand.tap(line(hand, /问卷/))
  await hand.type(address(), '北草场二号')
  await address().blur()
  await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()

  await morning(2)
  await refusedVisit(hand, field, '户-012')
  // Nobody is at home, today and on another day.
  await begin(hand, '户-013', '家中无人')
  const absent = new URL(hand.page.url()).hash.slice(1)
  await join(hand, field)
  await photograph(hand, /不同日期的上门照片/, false)
  await photograph(hand, /不同日期的上门照片/, false)
  await line(hand, /不同日期的上门照片/)
    .getByText('1/2')
    .waitFor()

  await morning(3)
  await go(hand, '/sync')
  await hand.act(/现在上传|继续上传/)
  await hand.page
    .getByText(/连不上服务器|稍后再试/)
    .first()
    .waitFor({ timeout: 60_000 })
  await hand.look('95-week-no-server')
  await refusedVisit(hand, field, '户-014')

  await morning(5)
  await go(hand, absent)
  await photograph(hand, /不同日期的上门照片/, true)
  await place(hand).catch(() => undefined)
  await hand.page.getByText('都齐了').first().waitFor()
  await seal(hand, field)
  await go(hand, `${draft}/form`)
  expect(await address().inputValue()).toBe('北草场二号')

  await field.serverComes({ daysAhead: 7 })
  await morning(7)
  await go(hand, '/sync')
  await hand.look('96-week-before-sending')
  await hand.act(/现在上传|继续上传/)
  await hand.page.getByText('这次上传已结束').waitFor({ timeout: 60_000 })
  await hand.page.getByText('没有问题').waitFor()
  await go(hand, '/today')
  await hand.tap(hand.page.locator('.chip').filter({ hasText: '已完成' }))
  for (const household of [/户-011/, /户-012/, /户-013/, /户-014/]) await line(hand, household).getByText('已收到回执').waitFor()
  await hand.look('97-week-received')
  expect(hand.faults).toEqual([])
})
