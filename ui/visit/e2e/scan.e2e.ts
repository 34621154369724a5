import { expect, test } from 'vitest'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Field } from './field'
import { Hand, openBrowser } from './hand'
import { go, enter } from './steps'

/** What the camera of this story sees, in pixels. */
const WIDTH = 1280
const HEIGHT = 720

/** A video (YUV4MPEG2, 4:2:0): a table, and on it a sheet of paper with the code, seen by a hand that is not still. */
async function filmOf(hand: Hand, svg: string): Promise<Buffer> {
  const plane = Buffer.alloc((WIDTH * HEIGHT) / 4, 128)
  const frames = await Promise.all(
    [0.02, 0.07, 0.12, 0.17, 0.1].map(async (turn) =>
      Buffer.concat([Buffer.from('FRAME\n'), Buffer.from(await lumaOf(hand, svg, turn), 'base64'), plane, plane]),
    ),
  )
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), ...frames])
}

function lumaOf(hand: Hand, svg: string, turn: number): Promise<string> {
  return hand.page.evaluate(
    async ({ picture, angle, width, height }) => {
      const image = new Image()
      image.src = URL.createObjectURL(new Blob([picture], { type: 'image/svg+xml' }))
      await image.decode()
      const canvas = new OffscreenCanvas(width, height)
      const context = canvas.getContext('2d')
      if (context === null) throw new Error('no canvas')
      context.fillStyle = '#8a7a66'
      context.fillRect(0, 0, width, height)
      context.translate(width / 2, height / 2)
      context.rotate(angle)
      context.drawImage(image, -280, -280, 560, 560)
      const { data } = context.getImageData(0, 0, width, height)
      let luma = ''
      for (let n = 0; n < data.length; n += 4)
        luma += String.fromCharCode(Math.round(16 + 0.859 * (0.299 * data[n]! + 0.587 * data[n + 1]! + 0.114 * data[n + 2]!)))
      return btoa(luma)
    },
    { picture: svg, angle: turn, width: WIDTH, height: HEIGHT },
  )
}

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
