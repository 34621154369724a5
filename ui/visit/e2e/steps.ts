import type { Locator } from 'playwright-core'
import type { Again, Field } from './field'
import type { Hand } from './hand'
import { jpeg, type Photo } from './picture'

/** A line of the list that is on the screen. */
/** What the server has received; whether it counts is told a moment later. */
export const RECEIVED = /已收到回执|已计数|未计数/

export const line = (hand: Hand, name: RegExp): Locator => hand.page.locator('main .line').filter({ hasText: name })

/** Goes to a screen without a tap, as a link from elsewhere would. */
export async function go(hand: Hand, to: string): Promise<void> {
  await hand.page.goto(`${new URL(hand.page.url()).origin}/#${to}`)
  await hand.page.locator('h1').first().waitFor()
}

/** The field in which a question is answered by text. */
export const answerTo = (hand: Hand, question: string): Locator =>
  hand.page.locator('.question').filter({ hasText: question }).locator('.input')

/** Says who it is. */
export async function unlock(hand: Hand, field: Field): Promise<void> {
  await hand.type(hand.page.locator('#pin'), field.told.pin)
  await hand.act('解锁')
}

/** Opens the app and says who it is. */
export async function enter(hand: Hand, field: Field): Promise<void> {
  await hand.page.goto(field.url)
  await unlock(hand, field)
}

/** The app is killed, and opened again. */
export async function reopen(hand: Hand, field: Field, again: Again = {}): Promise<void> {
  await field.kill()
  await hand.page.close()
  await field.reopen(again)
  await hand.newPage()
  await enter(hand, field)
  await hand.page.locator('h1').first().waitFor()
}

/** Goes to the visit of a household of today's list: past its card, where nobody has begun it on this phone. */
export async function visitOf(hand: Hand, household: RegExp): Promise<string> {
  await hand.tap(line(hand, household))
  await hand.page.waitForURL(/(visit\/[^/]+|household\/.*)$/)
  if (/household/.test(hand.page.url())) await hand.act('开始入户')
  await hand.page.waitForURL(/visit\/[^/]+$/)
  return new URL(hand.page.url()).hash.slice(1)
}

/** Begins the visit of a household with an outcome, or goes on with it and chooses another; gives the way to it. */
export async function begin(hand: Hand, household: string, outcome: string, isBegun = false): Promise<string> {
  await go(hand, '/today')
  await hand.page.locator('input[type=search]').fill(household)
  await hand.tap(line(hand, new RegExp(household)))
  if (isBegun) await hand.tap(line(hand, /入户结果/))
  else {
    await hand.act('开始入户')
    await hand.act('入户结果')
  }
  await hand.title('入户结果')
  const visit = new URL(hand.page.url()).hash.slice(1).replace('/outcome', '')
  await hand.tap(hand.page.getByText(outcome, { exact: true }))
  // What is chosen leads on to the next step.
  await hand.page.waitForURL((url) => !url.hash.endsWith('/outcome'))
  await go(hand, visit)
  await line(hand, /入户结果/)
    .getByText(outcome)
    .waitFor()
  return visit
}

/** The second investigator joins on the same phone; where both stand is the trace that each has to leave. */
export async function join(hand: Hand, field: Field): Promise<void> {
  const visit = new URL(hand.page.url()).hash.slice(1)
  await hand.tap(line(hand, /同行调查员/))
  await joinThere(hand, field)
  await go(hand, visit)
}

/** On the screen of who takes part, once the phone knows where it is; with both there it leads on. */
export async function joinThere(hand: Hand, field: Field): Promise<void> {
  await hand.page.getByText('加入时会记下两人现在的位置').waitFor()
  await hand.type(hand.page.locator('#join-pin'), field.told.pin)
  await hand.act('加入')
  await hand.page.waitForURL((url) => !url.hash.endsWith('/people'))
}

/** On the screen of consent: the household agrees to each. */
export async function consentToAll(hand: Hand): Promise<void> {
  for (const to of ['visit', 'photo', 'audio'])
    await hand.tap(hand.page.locator(`label:has(input[name=consent-${to}][value=yes])`))
  await hand.act('记下回答')
}

/** Takes a photo. The screen leads back when there are enough, and stays where one more is wanted. */
export async function photograph(hand: Hand, of: RegExp, isEnough: boolean): Promise<void> {
  await hand.tap(line(hand, of))
  await choosePhoto(hand)
  if (!isEnough) {
    await hand.page.locator('main img').first().waitFor()
    await hand.tap(hand.page.locator('.frame-back'))
  } else {
    // Enough of these: the camera is offered for what is wanted next.
    const from = hand.page.url()
    await hand.page.waitForURL((url) => url.toString() !== from)
    if (/photos/.test(hand.page.url())) await hand.tap(hand.page.locator('.frame-back'))
  }
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await line(hand, of).first().waitFor()
}

/** The camera gives a picture: this one, or one that the browser draws. */
export async function choosePhoto(hand: Hand, photo: Photo | null = null): Promise<void> {
  await hand.page.locator('.frame-action .button.primary:enabled').waitFor()
  const chooser = hand.page.waitForEvent('filechooser')
  await hand.act(/拍照|再拍/)
  await (await chooser).setFiles(photo ?? (await jpeg(hand.page, `photo ${hand.counts.taps} ${Date.now()}`)))
}

/** Writes down where the phone is. */
export async function place(hand: Hand): Promise<void> {
  await hand.tap(line(hand, /定位/))
  await hand.page.locator('.number').filter({ hasText: '误差' }).waitFor()
  await hand.act('记下这个位置')
}

/** One of two on this phone seals, and says that the other does so later. */
export async function sealAlone(hand: Hand, field: Field): Promise<void> {
  await hand.type(hand.page.locator('form#seal input[type=password]').first(), field.told.pin)
  await hand.tap(hand.page.locator('form#seal label', { hasText: '稍后再签' }).nth(1))
  await hand.act('封存')
}

/** Both confirm, once what will be fixed is on the screen. */
export async function confirmSeal(hand: Hand, field: Field): Promise<void> {
  await hand.page.locator('form#seal input[type=password]').first().waitFor()
  for (const pin of await hand.page.locator('form#seal input[type=password]').all()) await hand.type(pin, field.told.pin)
  await hand.act('封存')
}

/** Both investigators seal. */
export async function seal(hand: Hand, field: Field): Promise<void> {
  await hand.act('封存')
  await confirmSeal(hand, field)
  await hand.page.getByText('已封存').first().waitFor()
}

/** A visit of which little is wanted: the household refuses, and both seal that. */
export async function refusedVisit(hand: Hand, field: Field, household: string): Promise<void> {
  await begin(hand, household, '拒绝入户')
  await join(hand, field)
  await photograph(hand, /照片/, true)
  await place(hand)
  await hand.page.getByText('都齐了').first().waitFor()
  await seal(hand, field)
}

/** Sends from the screen of sending, and waits for the end of just that. */
export async function send(hand: Hand): Promise<void> {
  await hand.title('上传')
  // What the screen asks for when it opens is answered by then.
  await hand.page.waitForTimeout(300)
  const answered = (name: string): Promise<unknown> =>
    hand.page.waitForResponse((reply) => new URL(reply.url()).pathname === `/command/${name}`, { timeout: 60_000 })
  const begun = answered('sync')
  await hand.act(/现在上传|继续上传/)
  await begun
  // The screen is told anew once nothing runs any more.
  await answered('start')
  await hand.page
    .getByText(/这次上传已结束|连不上服务器|稍后再试/)
    .first()
    .waitFor()
}
