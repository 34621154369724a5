import { AxeBuilder } from './axe'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core'
import { inCorpus } from './corpus'
import { ROOT } from './field'

/** The sizes in which every screen is looked at; the first is that of the stories. */
const SIZES = [
  { width: 390, height: 844 },
  { width: 360, height: 640 },
]
const SCREENS = path.join(ROOT, 'target/screens')

/** Starts Debian's Chromium with a camera that is not there, and a microphone that hears a real voice where there is one. */
export async function openBrowser(...more: string[]): Promise<Browser> {
  const voice = inCorpus('audio/consent-8k.wav')
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      ...more,
      ...(voice === null ? [] : [`--use-file-for-fake-audio-capture=${voice}`]),
    ],
  })
}

/** What somebody's thumb has done. */
export interface Counts {
  taps: number
  /** Characters that were typed, PINs among them. */
  typed: number
}

/** Somebody's thumb on a phone: it counts its taps and the characters that it types, and what the screens show is kept as pictures. */
export class Hand {
  counts: Counts = { taps: 0, typed: 0 }
  private readonly looked = new Set<string>()
  readonly faults: string[] = []
  page!: Page

  private constructor(readonly context: BrowserContext) {}

  static async hold(browser: Browser): Promise<Hand> {
    const context = await browser.newContext({
      viewport: SIZES[0]!,
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      hasTouch: true,
      deviceScaleFactor: 2,
      geolocation: { latitude: 41.0937, longitude: 111.4517, accuracy: 8 },
      permissions: ['geolocation', 'microphone', 'camera'],
    })
    const hand = new Hand(context)
    await hand.newPage()
    return hand
  }

  async newPage(): Promise<void> {
    this.page = await this.context.newPage()
    this.page.setDefaultTimeout(15_000)
    this.page.on('console', (message) => {
      // What the door refuses is told on the screen, and looked for there.
      const isTold = /^Failed to load resource/.test(message.text()) && /\/command\//.test(message.location().url)
      if (message.type() === 'error' && !isTold) this.faults.push(`${message.text()} ${message.location().url}`)
    })
    this.page.on('pageerror', (error) => this.faults.push(`${error.message} ${error.stack ?? ''}`))
  }

  async tap(what: Locator): Promise<void> {
    await what.click()
    this.counts.taps += 1
  }

  /** Taps the one action at the foot of the screen. */
  async act(name: string | RegExp): Promise<void> {
    await this.tap(this.page.locator('.frame-action .button.primary').filter({ hasText: name }).filter({ visible: true }))
  }

  /** Touches a field and types. */
  async type(field: Locator, text: string): Promise<void> {
    await this.tap(field)
    await field.fill(text)
    this.counts.typed += [...text].length
  }

  async title(name: string | RegExp): Promise<void> {
    await this.page.locator('h1').filter({ hasText: name }).filter({ visible: true }).waitFor()
  }

  /** Looks at the screen in every size, and lets axe look at it. */
  async look(name: string): Promise<void> {
    mkdirSync(SCREENS, { recursive: true })
    await this.page.waitForTimeout(150)
    for (const size of SIZES) {
      await this.page.setViewportSize(size)
      await this.page.waitForTimeout(80)
      await this.page.screenshot({ path: path.join(SCREENS, `${name}-${size.width}x${size.height}.png`) })
      const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      if (wide > 0) this.faults.push(`${name}: ${wide} px too wide at ${size.width}`)
    }
    await this.page.setViewportSize(SIZES[0]!)
    for (const colorScheme of ['dark', 'light'] as const) {
      await this.page.emulateMedia({ colorScheme })
      this.faults.push(...(await new AxeBuilder(this.page).findings(`${name} (${colorScheme})`)))
    }
    this.faults.push(...(await smallTargets(this.page, name)))
  }

  /** Looks at a screen that comes several times. */
  async lookOnce(name: string): Promise<void> {
    if (this.looked.has(name)) return
    this.looked.add(name)
    // Another size would empty a sheet on which somebody has signed.
    if (name.includes('sheet')) await this.page.screenshot({ path: path.join(SCREENS, `${name}-390x844.png`) })
    else await this.look(name)
  }

  /** Looks at the screen with text twice as large, and in the dark. */
  async lookLargeAndDark(name: string): Promise<void> {
    const resize = (size: string): Promise<void> =>
      this.page.evaluate((to) => void (document.documentElement.style.fontSize = to), size)
    await this.page.setViewportSize(SIZES[1]!)
    await resize('200%')
    await this.page.waitForTimeout(100)
    await this.page.screenshot({ path: path.join(SCREENS, `${name}-large.png`) })
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (wide > 0) this.faults.push(`${name}: ${wide} px too wide with large text`)
    await resize('100%')
    await this.page.setViewportSize(SIZES[0]!)
    await this.page.emulateMedia({ colorScheme: 'dark' })
    await this.page.screenshot({ path: path.join(SCREENS, `${name}-dark.png`) })
    await this.page.emulateMedia({ colorScheme: 'light' })
  }
}

/** Controls that a cold finger misses. */
async function smallTargets(page: Page, name: string): Promise<string[]> {
  const small = await page.evaluate(() => {
    const found: string[] = []
    for (const control of document.querySelectorAll<HTMLElement>('button, a[href], input, textarea, select')) {
      if (!control.checkVisibility?.() || control.closest('audio')) continue
      const target = control.matches('input[type=radio], input[type=checkbox]') ? (control.closest('label') ?? control) : control
      const box = target.getBoundingClientRect()
      if (box.width < 47.5 || box.height < 47.5)
        found.push(`${control.outerHTML.slice(0, 80)} ${Math.round(box.width)}×${Math.round(box.height)}`)
    }
    return found
  })
  return small.map((one) => `${name}: small target ${one}`)
}
