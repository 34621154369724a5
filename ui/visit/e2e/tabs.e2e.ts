import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import type { Field } from './field'
import type { Hand } from './hand'
import { answerTo, begin, consentToAll, enter, go, line, reopen } from './steps'
import { story } from './story'

/** Two windows on one visit: one of them works on it, and the other is told. */

let field: Field
let hand: Hand

story('tabs', async (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
  await enter(hand, field)
  await hand.title('今日任务')
})

const ELSEWHERE = '这户正在另一个窗口里填写'
const LOST = '这户已改在另一个窗口里填写'
const origin = (): string => new URL(field.url).origin

/** Opens a further window of the same browser at a screen. */
async function window(at: string, isPlain = false): Promise<Page> {
  await hand.newPage()
  if (isPlain) await hand.page.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }))
  await hand.page.goto(`${origin()}/#${at}`)
  return hand.page
}
/** The hand goes to another of its windows. */
async function turnTo(page: Page): Promise<void> {
  hand.page = page
  await page.bringToFront()
}
/** The address of the visit in whose screens the hand is. */
const visitOfPage = (): string => /^#(\/visit\/[^/]+)/.exec(new URL(hand.page.url()).hash)?.[1] ?? ''
const saved = (): Promise<void> => hand.page.locator('.progress', { hasText: '已保存' }).waitFor()

test('the second window is told and takes over, and the first is told and loses nothing', async () => {
  const visit = await begin(hand, '户-001', '完成入户')
  await go(hand, `${visit}/form`)
  const first = hand.page
  await hand.type(answerTo(hand, '苏木'), '第一个窗口')

  const second = await window(`${visit}/form?page=0`)
  await hand.title(ELSEWHERE)
  expect(await hand.page.locator('.question').count()).toBe(0)
  await hand.look('86-elsewhere')
  await hand.lookLargeAndDark('86-elsewhere')
  // The list is nobody's, and each screen of the visit is covered.
  await hand.tap(hand.page.getByRole('button', { name: '回到今日任务' }))
  await hand.title('今日任务')
  for (const screen of ['', '/notes', '/seal', '/recording', '/consent', '/people', '/outcome', '/place', '/conflicts']) {
    await go(hand, visit + screen)
    await hand.title(ELSEWHERE)
  }
  await go(hand, `${visit}/form?page=0`)
  await hand.act('在这里继续')
  await answerTo(hand, '苏木').waitFor()
  expect(await answerTo(hand, '苏木').inputValue()).toBe('第一个窗口')
  await hand.type(answerTo(hand, '苏木'), '第二个窗口')
  await answerTo(hand, '苏木').blur()
  await saved()

  // The first has been told; nothing that it still held wrote over the second's answer.
  await turnTo(first)
  await hand.title(LOST)
  await hand.look('87-taken-over')
  await hand.act('在这里继续')
  await expect.poll(() => answerTo(hand, '苏木').inputValue()).toBe('第二个窗口')
  await turnTo(second)
  await hand.title(LOST)

  // Whoever waits goes on by itself where the other window is closed.
  await first.close()
  await answerTo(hand, '苏木').waitFor()
  expect(await answerTo(hand, '苏木').inputValue()).toBe('第二个窗口')
  expect(hand.faults).toEqual([])
})

test('a note that is being written stays, and holds back who leaves it', async () => {
  const visit = visitOfPage()
  await go(hand, `${visit}/notes`)
  const first = hand.page
  await hand.page.locator('#note').fill('写到一半')
  const second = await window(visit)
  await hand.act('在这里继续')
  await line(hand, /入户结果/).waitFor()
  await turnTo(first)
  await hand.title(LOST)
  await hand.tap(hand.page.getByRole('button', { name: '回到今日任务' }))
  await hand.page.getByText('这里还有没保存的内容').waitFor()
  await hand.act('在这里继续')
  expect(await hand.page.locator('#note').inputValue()).toBe('写到一半')
  await hand.act('记下备注')
  await hand.page.locator('.note').getByText('写到一半').waitFor()
  await second.close()
  expect(hand.faults).toEqual([])
})

test('one window alone sees nothing of it: loaded anew, gone back, killed', async () => {
  const visit = visitOfPage()
  const titles: string[] = []
  await hand.page.exposeFunction('seen', (title: string) => void titles.push(title))
  await hand.page.addInitScript(() => {
    const look = (): void => {
      const title = document.querySelector('h1')?.textContent ?? ''
      if (title !== '') void (globalThis as unknown as { seen: (title: string) => void }).seen(title)
    }
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
  })
  await go(hand, `${visit}/form?page=0`)
  for (let n = 0; n < 3; n += 1) {
    await hand.page.reload()
    await answerTo(hand, '苏木').waitFor()
  }
  await hand.page.goBack()
  await hand.page.locator('.question').first().waitFor({ state: 'detached' })
  await hand.page.goForward()
  await answerTo(hand, '苏木').waitFor()
  expect(titles.length).toBeGreaterThan(0)
  expect(titles.filter((title) => title.includes('窗口'))).toEqual([])
  await reopen(hand, field)
  await answerTo(hand, '苏木').waitFor()
  expect(hand.faults).toEqual([])
})

test('a page without locks tells by messages', async () => {
  await go(hand, '/today')
  await hand.page.close()
  const first = await window('/today', true)
  const visit = await begin(hand, '户-002', '完成入户')
  const second = await window(visit, true)
  await hand.title(ELSEWHERE)
  await hand.act('在这里继续')
  await line(hand, /入户结果/).waitFor()
  await turnTo(first)
  await hand.title(LOST)
  await second.close()
  await line(hand, /入户结果/).waitFor()
  await hand.page.reload()
  await line(hand, /入户结果/).waitFor()
  expect(hand.faults).toEqual([])
})

test('a recording in the window that is taken over is ended and kept', async () => {
  // The window before this one had no locks.
  await window('/today')
  const visit = await begin(hand, '户-004', '完成入户')
  await go(hand, `${visit}/consent`)
  await consentToAll(hand)
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await go(hand, `${visit}/recording`)
  await hand.act('开始录音')
  await hand.page.getByText('正在录音').first().waitFor()
  await hand.page.waitForTimeout(2_500)
  // On the list, too, the window whose microphone runs has the visit.
  await go(hand, '/today')
  const first = hand.page
  const second = await window(visit)
  await hand.title(ELSEWHERE)
  await hand.act('在这里继续')
  await line(hand, /录音/).waitFor()
  await turnTo(first)
  await hand.title('今日任务')
  await hand.page.locator('.bar').waitFor({ state: 'detached' })
  await first.close()
  await turnTo(second)
  await go(hand, `${visit}/recording`)
  await hand.page.locator('audio').first().waitFor()
  expect(await hand.page.getByText('被中断').count()).toBe(0)
  expect(hand.faults).toEqual([])
})

test('after a kill the way back leads from the form to the visit, and from there to the list', async () => {
  const visit = visitOfPage()
  await go(hand, `${visit}/form?page=1`)
  await hand.page.locator('.question').first().waitFor()
  await reopen(hand, field)
  await hand.page.waitForURL(/form\?page=1/)
  await hand.page.locator('.question').first().waitFor()
  await hand.page.goBack()
  await hand.page.waitForURL(new RegExp(`${visit}$`))
  await line(hand, /入户结果/).waitFor()
  await hand.page.goBack()
  await hand.title('今日任务')
  expect(hand.faults).toEqual([])
})

test('on the screen of the outcome the arrow keys only move, and Enter chooses', async () => {
  const visit = await begin(hand, '户-003', '完成入户')
  await go(hand, `${visit}/outcome`)
  const choices = hand.page.locator('input[name=outcome]')
  await choices.first().focus()
  await hand.page.keyboard.press('ArrowDown')
  await hand.page.keyboard.press('ArrowDown')
  await hand.page.keyboard.press('ArrowUp')
  await hand.title('入户结果')
  expect(await choices.nth(1).evaluate((one) => one === document.activeElement)).toBe(true)
  expect(await choices.first().isChecked()).toBe(true)
  await hand.page.keyboard.press('Enter')
  await hand.page.waitForURL((url) => !url.hash.endsWith('/outcome'))
  await go(hand, visit)
  const label = (await line(hand, /入户结果/).textContent()) ?? ''
  expect(label).not.toContain('完成入户')
  await go(hand, `${visit}/outcome`)
  await choices.first().focus()
  await hand.page.keyboard.press('Space')
  await hand.page.waitForURL((url) => !url.hash.endsWith('/outcome'))
  await go(hand, visit)
  await line(hand, /入户结果/)
    .getByText('完成入户')
    .waitFor()
  expect(hand.faults).toEqual([])
})
