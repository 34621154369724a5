import { expect, test } from 'vitest'
import path from 'node:path'
import { ROOT, type Field } from './field'
import type { Hand } from './hand'
import { answerTo, begin, enter, go, reopen } from './steps'
import { story } from './story'

let field: Field
let hand: Hand
let visit = ''

story('languages', async (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
  await enter(hand, field)
  await hand.title('今日任务')
  visit = await begin(hand, '户-008', '完成入户')
})

/** The columns of the Mongolian text on the screen: how they run, and whether their own font sets them. */
async function columns(): Promise<{ text: string; runs: string; height: number; isSet: boolean }> {
  const text = hand.page.locator('[lang=mn-Mong]')
  await text.waitFor()
  return text.evaluate(async (at) => {
    await document.fonts.ready
    const style = getComputedStyle(at)
    return {
      text: at.textContent ?? '',
      runs: style.writingMode,
      height: at.getBoundingClientRect().height,
      isSet: [...document.fonts].some((face) => face.family.includes('Noto Sans Mongolian') && face.status === 'loaded'),
    }
  })
}

test('what is read out and what is signed stands in both scripts, Mongolian in columns', async () => {
  await go(hand, `${visit}/consent`)
  const read = await columns()
  expect(read).toMatchObject({ runs: 'vertical-lr', isSet: true })
  expect(read.height).toBeGreaterThan(200)
  await hand.page.getByText('您好，我们受民政部门委托').waitFor()
  await hand.page.getByText('以汉文为准').waitFor()
  await hand.look('85-consent-both')
  await hand.lookLargeAndDark('85-consent-both')
  for (const role of ['household', 'neighbour', 'investigator']) {
    await go(hand, `${visit}/signatures/${role}`)
    await hand.page.locator('blockquote').filter({ hasText: '户-008' }).waitFor()
    expect((await columns()).text).toContain('户-008')
  }
  await hand.look('86-signature-both')
  await hand.lookLargeAndDark('86-signature-both')
  expect(hand.faults).toEqual([])
})

test('in Mongolian the questions follow, the answers stay, and the choice outlives the app', async () => {
  await go(hand, '/me')
  await hand.tap(hand.page.getByText('ᠮᠣᠩᠭᠣᠯ', { exact: true }))
  await hand.title('ᠪᠢ')
  await hand.look('87-me-mongolian')
  await go(hand, '/today')
  await hand.title('ᠥᠨᠥᠳᠦᠷ')
  await hand.look('87-today-mongolian')
  await go(hand, visit)
  await hand.look('87-visit-mongolian')
  await go(hand, `${visit}/form`)
  await hand.type(answerTo(hand, 'ᠬᠠᠶᠢᠭ'), '示例嘎查八号')
  await answerTo(hand, 'ᠬᠠᠶᠢᠭ').blur()
  await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()
  await hand.look('88-form-mongolian')
  await hand.lookLargeAndDark('88-form-mongolian')

  await reopen(hand, field)
  await go(hand, `${visit}/form`)
  expect(await answerTo(hand, 'ᠬᠠᠶᠢᠭ').inputValue()).toBe('示例嘎查八号')

  await go(hand, '/me')
  await hand.tap(hand.page.getByText('中文', { exact: true }))
  await hand.title('我的')
  await go(hand, `${visit}/form`)
  expect(await answerTo(hand, '详细住址').inputValue()).toBe('示例嘎查八号')
  expect(hand.faults).toEqual([])
})

test('text twice as large and a page pinched to twice its size still lead to the end', async () => {
  await go(hand, '/me')
  await hand.tap(hand.page.getByText('特大', { exact: true }))
  expect(await hand.page.evaluate(() => document.documentElement.style.fontSize)).toBe('200%')
  for (const [name, to] of Object.entries({
    today: '/today',
    visit,
    outcome: `${visit}/outcome`,
    people: `${visit}/people`,
    photos: `${visit}/photos/${encodeURIComponent('门牌')}`,
    recording: `${visit}/recording`,
    place: `${visit}/place`,
    form: `${visit}/form`,
    notes: `${visit}/notes`,
    seal: `${visit}/seal`,
    sync: '/sync',
    me: '/me',
    help: '/me/help',
    found: '/found',
    enrol: '/enrol',
  })) {
    await go(hand, to)
    await hand.look(`89-large-${name}`)
  }
  await go(hand, '/me')
  await hand.tap(hand.page.locator('label').filter({ hasText: '标准' }).first())

  await go(hand, visit)
  // Two fingers on the action at the foot of the screen: it stays under them, and nothing lies over it.
  const zoom = await hand.context.newCDPSession(hand.page)
  await zoom.send('Input.synthesizePinchGesture', { x: 195, y: 800, scaleFactor: 2 })
  await hand.page.screenshot({ path: path.join(ROOT, 'target/screens/89-pinched-390x844.png') })
  const action = hand.page.locator('.frame-action .button.primary')
  const seen = await action.evaluate((one) => {
    const box = one.getBoundingClientRect()
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
    const { offsetLeft, offsetTop, width, height, scale } = visualViewport as VisualViewport
    const isInside = x > offsetLeft && x < offsetLeft + width && y > offsetTop && y < offsetTop + height
    return { scale: Math.round(scale), isInside, isOnTop: one.contains(document.elementFromPoint(x, y)) }
  })
  expect(seen).toEqual({ scale: 2, isInside: true, isOnTop: true })
  expect(hand.faults).toEqual([])
})
