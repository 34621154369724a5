import { expect, test } from 'vitest'
import { faultsOn, walkPhone, walkVisit } from './everywhere'
import type { Field } from './field'
import type { Hand } from './hand'
import { begin, confirmSeal, enter, go, join, line, photograph, place, sealAlone, send, visitOf } from './steps'
import { story } from './story'

let field: Field
let hand: Hand

story('everywhere', async (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
  await enter(hand, field)
  await hand.title('今日任务')
})

test('every screen has a way forward in every state of a visit, fits its box and speaks plainly', async () => {
  const wrong = await walkPhone(hand, 'nothing begun')
  await go(hand, '/today')
  await hand.tap(line(hand, /户-001/))
  await hand.page.getByText('完成入户要带回').waitFor()
  wrong.push(...(await faultsOn(hand)).map((one) => `a household's card: ${one}`))
  await go(hand, '/today')
  const open = await visitOf(hand, /户-001/)
  await hand.page.getByText('还缺').first().waitFor()
  wrong.push(...(await walkVisit(hand, open, 'open')))

  await go(hand, '/today')
  const voided = await visitOf(hand, /户-004/)
  await hand.tap(hand.page.getByText('作废这次入户'))
  await hand.tap(hand.page.getByText('点错了，不是这一户'))
  await hand.tap(hand.page.getByRole('button', { name: '作废', exact: true }))
  await hand.page.getByText('这次入户已作废').waitFor()
  wrong.push(...(await walkVisit(hand, voided, 'voided')))

  const missing = await begin(hand, '户-002', '完成入户')
  wrong.push(...(await walkVisit(hand, missing, 'much missing')))

  const visit = await begin(hand, '户-003', '拒绝入户')
  await join(hand, field)
  await photograph(hand, /照片/, true)
  await place(hand)
  await hand.page.getByText('都齐了').first().waitFor()
  wrong.push(...(await walkVisit(hand, visit, 'complete')))

  await go(hand, `${visit}/seal`)
  await sealAlone(hand, field)
  await hand.page.getByText('封存还差签名').waitFor()
  wrong.push(...(await walkVisit(hand, visit, 'half sealed')))

  await go(hand, `${visit}/seal`)
  await confirmSeal(hand, field)
  await hand.page.locator('.number').getByText('已封存').waitFor()
  wrong.push(...(await walkVisit(hand, visit, 'sealed')))

  await go(hand, '/sync')
  await send(hand)
  // The contract pays for visits that were done: what the server says of this one is heard a moment later.
  await line(hand, /户-003/)
    .getByText('未计数')
    .waitFor({ timeout: 60_000 })
  wrong.push(...(await walkVisit(hand, visit, 'not counted')), ...(await walkPhone(hand, 'not counted')))

  field.sendBack(visit.split('/').at(-1) ?? '', ['photo:门牌=看不清门牌号，请重拍', '请补正后重新封存'])
  await go(hand, '/sync')
  await send(hand)
  wrong.push(...(await walkVisit(hand, visit, 'returned')))

  // Nothing of it changes without a server, or with the app gone.
  await field.serverGoes()
  wrong.push(...(await walkPhone(hand, 'no server')))
  await go(hand, '/sync')
  await send(hand)
  wrong.push(...(await walkPhone(hand, 'server not reached')))
  expect(wrong).toEqual([])
  expect(hand.faults).toEqual([])
})
