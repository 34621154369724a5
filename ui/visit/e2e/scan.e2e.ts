import { expect, test } from 'vitest'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Field } from './field'
import { filmOf } from './film'
import { Hand, openBrowser } from './hand'
import { go, enter } from './steps'

test('the office draws a code, the camera sees it on a table, and somebody is enrolled', async () => {
  const [field, artist] = await Promise.all([Field.begin('scan'), openBrowser()])
  try {
    const drawn = path.join(field.told.folder, 'code.svg')
    const invitation = field.invite(field.told.third, drawn)
    const film = path.join(field.told.folder, 'camera.y4m')
    const drawing = await Hand.hold(artist)
    // Pictures and canvases are only at hand on a page of the phone's own.
    await drawing.page.goto(field.url)
    writeFileSync(film, await filmOf(drawing, readFileSync(drawn, 'utf8')))

    const browser = await openBrowser(`--use-file-for-fake-video-capture=${film}`)
    try {
      const hand = await Hand.hold(browser)
      await enter(hand, field)
      await hand.title('今日任务')
      await go(hand, '/enrol')
      await hand.title('登记这部手机')
      await hand.tap(hand.page.getByRole('button', { name: '扫描二维码' }))
      await hand.page.locator('video').waitFor()
      const read = hand.page.locator('#invitation')
      await expect.poll(() => read.inputValue(), { timeout: 30_000 }).toBe(invitation)
      expect(await hand.page.locator('video').count()).toBe(0)
      await hand.look('39-enrol-scanned')
      await hand.type(hand.page.locator('#new-pin'), '864200')
      await hand.type(hand.page.locator('#new-pin-again'), '864200')
      await hand.act('登记')
      await hand.title('今日任务')
      await hand.page.getByText('登记还没有得到服务器确认').waitFor()
      expect(hand.faults).toEqual([])
    } finally {
      await browser.close()
    }
  } finally {
    await artist.close()
    await field.end()
  }
})
