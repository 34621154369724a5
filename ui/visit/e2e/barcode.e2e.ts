import { expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Route } from 'playwright-core'
import type { FormView } from '@hudang/shared/bridge'
import { Field } from './field'
import { filmOf } from './film'
import { Hand, openBrowser } from './hand'
import { answerTo, begin, enter, line } from './steps'

/** The bars of an EAN-13 (ISO/IEC 15420), 1 for black, and what they say. */
const BARS = '10100010110100111011001100110110111101010001101010100111010100001000100100100011101001101100101'
const SAYS = '6901234567892'
const QUESTION = '详细住址'

function label(): string {
  const bars = [...BARS].map((bar, n) => (bar === '1' ? `<rect x="${n + 12}" y="10" width="1" height="60"/>` : '')).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="560" height="560" viewBox="0 0 119 119"><rect width="119" height="119" fill="#fff"/>${bars}</svg>`
}

/** The phone's reply, as if the form asked for a code there. */
async function asIfBarcode(route: Route): Promise<void> {
  const reply = await route.fetch()
  const form = (await reply.json()) as FormView
  const nodes = form.nodes.map((node) => (node.label === QUESTION ? { ...node, input: 'barcode' as const } : node))
  await route.fulfill({ response: reply, json: { ...form, nodes } })
}

test('the camera reads a bar code as an answer; without a camera it is typed', async () => {
  const [field, artist] = await Promise.all([Field.begin('barcode'), openBrowser()])
  try {
    const film = path.join(field.told.folder, 'camera.y4m')
    const drawing = await Hand.hold(artist)
    await drawing.page.goto(field.url)
    writeFileSync(film, await filmOf(drawing, label()))

    const browser = await openBrowser(`--use-file-for-fake-video-capture=${film}`)
    try {
      const hand = await Hand.hold(browser)
      await enter(hand, field)
      await hand.title('今日任务')
      await hand.page.route('**/command/form', asIfBarcode)
      await begin(hand, '户-001', '完成入户')
      await hand.tap(line(hand, /问卷/))
      const answer = answerTo(hand, QUESTION)
      const question = hand.page.locator('.question').filter({ hasText: QUESTION })
      await hand.tap(question.getByRole('button', { name: '扫码' }))
      await question.locator('video').waitFor()
      await expect.poll(() => answer.inputValue(), { timeout: 30_000 }).toBe(SAYS)
      expect(await question.locator('video').count()).toBe(0)
      await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()
      await hand.look('45-barcode-scanned')

      // It is an answer of the visit, not of the screen.
      await hand.page.reload()
      await expect.poll(() => answer.inputValue()).toBe(SAYS)

      await hand.page.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))
      })
      await hand.tap(question.getByRole('button', { name: '扫码' }))
      await question.getByText('打不开摄像头，不能扫码').waitFor()
      await hand.look('46-barcode-no-camera')
      await hand.type(answer, '户字 17')
      await hand.tap(question.getByRole('button', { name: '关闭' }))
      await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()
      expect(await answer.inputValue()).toBe('户字 17')
      expect(hand.faults).toEqual([])
    } finally {
      await browser.close()
    }
  } finally {
    await artist.close()
    await field.end()
  }
})
