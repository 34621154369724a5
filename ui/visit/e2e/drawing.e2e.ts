import { expect, test } from 'vitest'
import type { Field } from './field'
import type { Hand } from './hand'
import { begin, choosePhoto, enter, go, line } from './steps'
import { story } from './story'

let field: Field
let hand: Hand

story('drawing', async (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
  await enter(hand, field)
  await hand.title('今日任务')
})

/** Draws a ring on the sheet over the photo. */
async function ring(): Promise<void> {
  const box = await hand.page.locator('canvas').boundingBox()
  if (box === null) throw new Error('no sheet')
  const { mouse } = hand.page
  const at = (n: number): [number, number] => [
    box.x + box.width * (0.5 + 0.2 * Math.cos(n / 3)),
    box.y + box.height * (0.4 + 0.2 * Math.sin(n / 3)),
  ]
  await mouse.move(...at(0))
  await mouse.down()
  for (let n = 1; n <= 20; n += 1) await mouse.move(...at(n))
  await mouse.up()
}

test('a drawing on a photo is a copy beside it; the photo stays, and what is not kept yet holds back who leaves', async () => {
  const visit = await begin(hand, '户-001', '完成入户')
  await hand.tap(line(hand, /照片：门牌|门牌/))
  await hand.title('照片')
  const photos = new URL(hand.page.url()).hash.slice(1)
  await choosePhoto(hand)
  await hand.page.waitForURL((url) => url.hash.slice(1) !== photos)
  await go(hand, photos)
  const photo = hand.page.locator('.photo')
  const original = await photo.locator('a:has(img)').first().getAttribute('href')

  await hand.tap(photo.getByText('在照片上标注'))
  await hand.title('在照片上标注')
  await hand.page.waitForFunction(() => (document.querySelector('canvas')?.width ?? 0) > 1_000)
  await hand.act('保存标注')
  await hand.page.getByText('请先在照片上画').waitFor()
  await ring()
  await ring()
  await hand.tap(hand.page.getByRole('button', { name: '撤销上一笔' }))
  await hand.look('39-drawing')

  // The first way back only warns; what was drawn is still there.
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.page.getByText('标注还没有保存').waitFor()
  await hand.title('在照片上标注')
  await hand.act('保存标注')

  await hand.title('照片')
  const drawing = photo.locator('.drawing')
  await drawing.locator('img').waitFor()
  await hand.look('39-photo-with-drawing')
  await hand.lookLargeAndDark('39-photo-with-drawing')
  expect(await photo.locator('a:has(img)').first().getAttribute('href')).toBe(original)
  // One photo was taken, and the drawing is none.
  await hand.page.getByText('已拍 1 张').waitFor()
  const copy = await drawing.locator('a').getAttribute('href')
  const isRed = await hand.page.evaluate(async (address) => {
    const picture = await createImageBitmap(await (await fetch(address)).blob())
    const canvas = new OffscreenCanvas(picture.width, picture.height)
    const context = canvas.getContext('2d')
    context?.drawImage(picture, 0, 0)
    const [x, y] = [Math.round(picture.width * 0.7), Math.round(picture.height * 0.4)]
    const [red = 0, green = 0, blue = 0] = context?.getImageData(x, y, 1, 1).data ?? []
    return red > 160 && green < 90 && blue < 90
  }, copy ?? '')
  expect(isRed).toBe(true)

  await hand.tap(drawing.getByText('撤回这个标注'))
  await drawing.waitFor({ state: 'detached' })

  // Leaving without keeping, for good.
  await hand.tap(photo.getByText('在照片上标注'))
  await hand.page.waitForFunction(() => (document.querySelector('canvas')?.width ?? 0) > 1_000)
  await ring()
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.page.getByText('标注还没有保存').waitFor()
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.title('照片')
  expect(await drawing.count()).toBe(0)
  await go(hand, visit)
  expect(hand.faults).toEqual([])
})
