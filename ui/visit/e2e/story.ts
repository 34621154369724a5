import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Browser } from 'playwright-core'
import path from 'node:path'
import { Field, ROOT } from './field'
import { Hand, openBrowser } from './hand'

/**
 * Sets a story's scene: a field of its own, a browser, and a hand that holds a phone. `begin` takes them, and may go first
 * steps. Where the story fails, what was on the screen is kept, and the faults are printed.
 */
export function story(
  name: string,
  begin: (field: Field, hand: Hand, browser: Browser) => Promise<void> | void,
  households = 30,
): void {
  let browser: Browser | undefined
  let field: Field | undefined
  let hand: Hand | undefined
  beforeAll(async () => {
    ;[browser, field] = await Promise.all([openBrowser(), Field.begin(name, households)])
    hand = await Hand.hold(browser)
    await begin(field, hand, browser)
  })
  afterAll(async () => {
    await browser?.close()
    await field?.end()
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'pass') return
    for (const [n, page] of (browser?.contexts() ?? []).flatMap((context) => context.pages()).entries()) {
      await page.screenshot({ path: path.join(ROOT, `target/screens/failed-${name}-${n}.png`) }).catch(() => undefined)
      process.stdout.write(`${name} ${n}: ${page.url()}\n`)
    }
    process.stdout.write(`${hand?.faults.join('\n')}\n`)
  })
}
