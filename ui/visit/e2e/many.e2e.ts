import { expect, test } from 'vitest'
import type { Field } from './field'
import type { Hand } from './hand'
import { enter } from './steps'
import { story } from './story'

const HOUSEHOLDS = 2_000

let field: Field
let hand: Hand

story(
  'many',
  async (theField, theHand) => {
    ;[field, hand] = [theField, theHand]
    await enter(hand, field)
    await hand.title('今日任务')
  },
  HOUSEHOLDS,
)

test('two thousand households: the list scrolls without blank rows, and finds any of them', async () => {
  const rows = hand.page.locator('main .line')
  await rows.first().waitFor()
  await hand.page.getByText(`${HOUSEHOLDS} 户`).first().waitFor()
  expect(await rows.count()).toBeLessThan(100)
  for (const part of [0.1, 0.5, 0.9, 1, 0.3, 0]) {
    const blank = await hand.page.evaluate(async (to) => {
      const list = document.querySelector('main')
      list?.scrollTo(0, to * list.scrollHeight)
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      // What lies under a finger in the middle of the screen.
      return !document.elementFromPoint(innerWidth / 2, innerHeight * 0.6)?.closest('.line')
    }, part)
    expect(blank, `blank at ${part}`).toBe(false)
  }
  await hand.page.locator('input[type=search]').fill('户主1987')
  await rows.filter({ hasText: '户-1987' }).waitFor()
  expect(await rows.count()).toBe(1)
  await hand.look('70-today-many')
  expect(hand.faults).toEqual([])
})

test('the whole way to a household and back can be gone with the keyboard alone', async () => {
  await hand.page.reload()
  await hand.page.locator('#pin, main .line').first().waitFor()
  if (await hand.page.locator('#pin').isVisible()) {
    await hand.page.keyboard.type(field.told.pin)
    await hand.page.keyboard.press('Enter')
  }
  await hand.page.locator('main .line').first().waitFor()
  await reach('户-0')
  await hand.page.keyboard.press('Enter')
  await hand.page.getByText('完成入户要带回').waitFor()
  await reach('开始入户')
  await hand.page.keyboard.press('Enter')
  await hand.page.getByText('还缺').first().waitFor()
  await reach('入户结果')
  await hand.page.keyboard.press('Enter')
  await hand.title('入户结果')
  await reach('完成入户')
  await hand.page.keyboard.press('Space')
  await hand.title('同行调查员')
  await reach('返回')
  await hand.page.keyboard.press('Enter')
  await hand.page.getByText('还缺').first().waitFor()
  await reach('问卷')
  await hand.page.keyboard.press('Enter')
  await hand.page.locator('.question').first().waitFor()
  await reach('返回')
  await hand.page.keyboard.press('Enter')
  await hand.page.getByText('还缺').first().waitFor()
  expect(hand.faults).toEqual([])
})

/** Goes from control to control until one says this, as somebody without a finger on the glass does. */
async function reach(words: string): Promise<void> {
  for (let step = 0; step < 200; step += 1) {
    await hand.page.keyboard.press('Tab')
    const said = await hand.page.evaluate(() => {
      const at = document.activeElement
      if (!at?.matches('a, button, input, select, textarea')) return ''
      const label = at instanceof HTMLInputElement ? [...(at.labels ?? [])].map((one) => one.textContent).join(' ') : ''
      return `${at.getAttribute('aria-label') ?? ''} ${at.textContent ?? ''} ${label}`
    })
    if (said.includes(words)) return
  }
  throw new Error(`the keyboard does not lead to ${words}`)
}
