import type { Hand } from './hand'
import { go } from './steps'

/** A small phone, and a usual one; the last stays. */
const SIZES = [
  { width: 360, height: 640 },
  { width: 390, height: 844 },
]

/** Screens that belong to no visit. */
const OF_PHONE = [
  '/today',
  '/map',
  '/join',
  '/found',
  '/enrol',
  '/sync',
  '/me',
  '/me/practice',
  '/me/report',
  '/me/help',
  '/recordings',
]

/** Screens of a visit. */
const OF_VISIT = [
  '',
  '/form',
  '/conflicts',
  '/outcome',
  '/people',
  '/notes',
  '/consent',
  '/photos/门牌',
  '/photos/居住环境',
  '/photos/门牌/draw/none',
  '/recording',
  '/place',
  '/signatures/household',
  '/signatures/investigator',
  '/waive/gps',
  '/waive/audio',
  '/waive/photo:门牌',
  '/seal',
]

/** Goes to every screen of a visit in the state that it is in, and gives what is wrong with any of them. */
export async function walkVisit(hand: Hand, visit: string, state: string): Promise<string[]> {
  return walk(
    hand,
    OF_VISIT.map((screen) => `${visit}${screen}`),
    state,
  )
}

/** The same for the screens that belong to no visit. */
export async function walkPhone(hand: Hand, state: string): Promise<string[]> {
  return walk(hand, OF_PHONE, state)
}

async function walk(hand: Hand, screens: string[], state: string): Promise<string[]> {
  const wrong: string[] = []
  for (const screen of screens) {
    await go(hand, encodeURI(screen))
    await hand.page.waitForTimeout(350)
    for (const size of SIZES) {
      await hand.page.setViewportSize(size)
      await hand.page.waitForTimeout(60)
      const found = await faultsOn(hand)
      const where = `${state} ${screen.replace(/visit\/[0-9A-Z]{26}/, 'visit')} at ${size.width}`
      wrong.push(...found.map((one) => `${where}: ${one}`))
    }
  }
  return wrong
}

/**
 * What no screen may show: no way forward that works, something wider than its box, a name that only the program knows.
 * The way back and the tabs above are no way forward.
 */
export async function faultsOn(hand: Hand): Promise<string[]> {
  return hand.page.evaluate(() => {
    const faults: string[] = []
    const isSeen = (element: Element): boolean => element.checkVisibility?.() ?? true
    const inside = (selector: string): HTMLElement[] =>
      [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => isSeen(element))
    const acts = inside('.frame-action button.primary:not(:disabled), .frame-action a.primary')
    // Where the button waits for what somebody has yet to write or choose, there is the place to do so.
    const fields = inside('.frame-main input:not(:disabled):not([type=range]), .frame-main textarea:not([readonly])')
    if (acts.length === 0 && fields.length === 0) faults.push('no way forward')

    for (const element of inside('.frame *')) {
      const { right, left, width } = element.getBoundingClientRect()
      const scrolls = (one: Element | null): boolean => {
        for (let at = one; at !== null; at = at.parentElement) {
          if (at.classList.contains('frame-main')) return false
          if (getComputedStyle(at).overflowX !== 'visible') return true
        }
        return false
      }
      if (width > 0 && (right > innerWidth + 1 || left < -1) && !scrolls(element)) {
        faults.push(`beyond the edge: ${element.outerHTML.slice(0, 90)}`)
      }
      const { overflowX, display } = getComputedStyle(element)
      // What is drawn has no box: it goes as far as its drawing does.
      const isBox = element instanceof HTMLElement && display !== 'inline' && overflowX === 'visible'
      if (isBox && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) {
        faults.push(`wider than its box: ${element.outerHTML.slice(0, 90)}`)
      }
    }

    const text = document.querySelector<HTMLElement>('.frame-main')?.innerText ?? ''
    const internal =
      /\w+_part\b|\w+\[[0-9a-f]{6,}|\b[a-z_]{3,}\/[a-z_]{3,}|\b(question|form|header|answers|media|sign|photo|consent):[\w/]/.exec(
        text,
      )
    if (internal) faults.push(`a name of the program: ${internal[0]}`)
    for (const alert of inside('[role=alert]')) {
      const copy = alert.cloneNode(true) as HTMLElement
      copy.querySelectorAll('.code, .small').forEach((one) => one.remove())
      const english = /[A-Za-z]{3,}/.exec((copy.textContent ?? '').replace('Wi-Fi', ''))
      if (english) faults.push(`an English word in an alert: ${copy.textContent?.trim().slice(0, 120)}`)
    }
    return [...new Set(faults)]
  })
}
