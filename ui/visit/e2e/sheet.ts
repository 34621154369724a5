import type { Hand } from './hand'

/** Signs on the sheet that is open, each time a little differently as a hand does, and keeps it. */
export async function signSheet(hand: Hand): Promise<void> {
  const box = await hand.page.locator('dialog canvas').boundingBox()
  if (box === null) throw new Error('no sheet')
  const { mouse } = hand.page
  await mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.2)
  await mouse.down()
  for (let n = 1; n <= 20; n += 1) {
    await mouse.move(box.x + box.width * (0.5 + 0.2 * Math.sin(n + hand.counts.taps)), box.y + box.height * (0.2 + 0.03 * n))
  }
  await mouse.up()
  await hand.lookOnce('22-signature-sheet')
  hand.counts.taps += 1
  const sheet = await hand.page.locator('dialog').elementHandle()
  await hand.tap(hand.page.locator('dialog .button.primary'))
  // The next signer's sheet may take its place.
  await hand.page.waitForFunction((one) => !one?.isConnected, sheet)
}
