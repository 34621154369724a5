import { expect, test } from 'vitest'
import { utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import type { Field } from './field'
import type { Hand } from './hand'
import { jpeg, type Photo } from './picture'
import {
  answerTo,
  begin,
  confirmSeal,
  consentToAll,
  enter,
  go,
  join,
  line as lineOf,
  photograph,
  place,
  reopen,
  sealAlone,
  unlock,
} from './steps'
import { story } from './story'

/** What stops nobody: a text that is no answer, an app that is killed at the worst moment, a place that is refused. */

let field: Field
let hand: Hand

story('stuck', async (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
  await enter(hand, field)
  await hand.title('今日任务')
})

const line = (name: RegExp): Locator => lineOf(hand, name)
const question = (name: string): Locator => hand.page.locator('.question').filter({ hasText: name })
const progress = (): Locator => hand.page.locator('.progress')

/** Turns the pages until a question is asked. */
async function turnTo(name: string): Promise<void> {
  for (let n = 0; n < 20 && (await question(name).count()) === 0; n += 1) {
    await hand.act(/下一页/)
    await hand.page.waitForTimeout(300)
  }
  await question(name).first().waitFor()
}

test('what is typed and is no answer stays beside its question, and leads back to it', async () => {
  const visit = await begin(hand, '户-001', '完成入户')
  await join(hand, field)
  await go(hand, `${visit}/form`)
  await hand.tap(question('入户结果').locator('input[value=done]'))
  await progress().getByText('已保存').waitFor()
  await turnTo('人数')
  const people = hand.page.locator('h1')
  const page = (await people.textContent()) ?? ''
  await hand.type(answerTo(hand, '人数').first(), 'abc')
  await answerTo(hand, '人数').first().blur()
  await question('人数').first().getByText('“abc”不是整数').waitFor()
  await progress().getByText('有 1 处').waitFor()
  expect(await progress().textContent()).not.toContain('已保存')
  await hand.look('40-typed-no-answer')

  // On, back, and by the list of pages.
  await hand.act(/下一页/)
  await people.filter({ hasNotText: page }).waitFor()
  expect(await hand.page.locator('body').textContent()).not.toMatch(/ANSWER-VALUE|members_part/)
  await hand.tap(hand.page.locator('.frame-action').getByText('上一页'))
  await people.filter({ hasText: page }).waitFor()
  expect(await answerTo(hand, '人数').first().inputValue()).toBe('abc')
  await hand.tap(hand.page.getByText('目录'))
  await hand.look('41-typed-no-answer-pages')
  await hand.tap(hand.page.locator('.list .line').last())
  await people.filter({ hasNotText: page }).waitFor()
  await turnBackTo('出生日期')
  await hand.type(answerTo(hand, '出生日期').first(), '19580230')
  await answerTo(hand, '出生日期').first().blur()
  await question('出生日期').first().getByText('“19580230”不是有效的日期').waitFor()

  // It survives a kill, and what is missing leads to it.
  await reopen(hand, field)
  await go(hand, `${visit}/seal`)
  await hand.page.getByText('封存前必须改正').waitFor()
  await hand.look('42-seal-typed-no-answer')
  expect(await hand.page.locator('form#seal input[type=password]').count()).toBe(0)
  const wrong = hand.page.locator('main li').filter({ hasText: '类型不对' })
  expect(await wrong.count()).toBe(2)
  expect(await wrong.allTextContents()).not.toContain('members_part')
  await hand.tap(wrong.filter({ hasText: '出生日期' }).getByText('去处理'))
  await hand.tap(question('出生日期').first().getByText('不要这段文字'))
  await question('出生日期').first().getByText('不是有效的日期').waitFor({ state: 'detached' })
  await go(hand, `${visit}/seal`)
  await hand.tap(wrong.filter({ hasText: '人数' }).getByText('去处理'))
  await question('人数').first().getByText('“abc”不是整数').waitFor()
  await hand.type(answerTo(hand, '人数').first(), '3')
  await answerTo(hand, '人数').first().blur()
  await progress().getByText('已保存').waitFor()
  expect(hand.faults).toEqual([])
})

/** Turns the pages back until a question is asked. */
async function turnBackTo(name: string): Promise<void> {
  for (let n = 0; n < 20 && (await question(name).count()) === 0; n += 1) {
    await hand.tap(hand.page.locator('.frame-action').getByText('上一页'))
    await hand.page.waitForTimeout(300)
  }
  await question(name).first().waitFor()
}

test('what is missing is listed from wherever one has scrolled to, and each leads to its question', async () => {
  const visit = await begin(hand, '户-006', '完成入户')
  await hand.tap(line(/问卷/))
  await hand.title('一、基本情况')
  await hand.tap(question('入户结果').locator('input[value=done]'))
  await progress().getByText('已保存').waitFor()
  const missing = Number(/缺 (\d+)/.exec((await progress().textContent()) ?? '')?.[1] ?? 0)
  expect(missing).toBeGreaterThan(10)
  await hand.page.locator('main').evaluate((one) => one.scrollTo(0, one.scrollHeight))
  for (const size of ['100%', '200%']) {
    await hand.page.evaluate((to) => void (document.documentElement.style.fontSize = to), size)
    for (const wanted of [hand.page.getByText('目录'), progress().getByText('已保存'), progress().getByText('看哪几题')])
      expect(await isInView(wanted)).toBe(true)
  }
  await hand.page.evaluate(() => void (document.documentElement.style.fontSize = '100%'))
  await hand.look('51-form-scrolled')
  await hand.lookLargeAndDark('51-form-scrolled')

  const top = await scrolled()
  expect(await isInView(question('入户结果').locator('input').last())).toBe(true)
  await hand.tap(progress().getByText('看哪几题'))
  const listed = hand.page.locator('.wanting .line')
  await listed.filter({ hasText: '没有填' }).first().waitFor()
  expect(await listed.count()).toBe(missing)
  await hand.look('52-form-wanting-listed')
  await hand.lookLargeAndDark('52-form-wanting-listed')
  await hand.tap(progress().getByText('收起'))
  expect(await scrolled()).toBe(top)

  await hand.tap(progress().getByText('看哪几题'))
  await hand.tap(listed.filter({ hasText: '家庭成员 1' }).filter({ hasText: '出生日期' }))
  await hand.title('三、家庭成员')
  await expect.poll(() => hand.page.locator('.question:focus-within').textContent()).toContain('出生日期')
  expect(await isInView(question('出生日期').locator('.input'))).toBe(true)
  await hand.look('53-form-wanting-led-to')

  // The way back leads to the page before, as it was left, and from there to the visit.
  await hand.page.goBack()
  await hand.title('一、基本情况')
  await expect.poll(() => isInView(question('入户结果').locator('input').last())).toBe(true)
  await hand.page.goBack()
  await hand.page.waitForURL(new RegExp(`${visit}$`))
  expect(hand.faults).toEqual([])
})

test('the way back of the phone turns the pages back, and loses nothing that is being typed', async () => {
  await hand.tap(line(/问卷/))
  await hand.title('一、基本情况')
  await hand.act('下一页')
  await hand.title('二、告知与同意')
  // To be at a question makes no page of its own.
  await hand.tap(question('是否同意调查').locator('input[value=yes]'))
  await hand.type(answerTo(hand, '受访人姓名'), '其其格')
  await hand.page.goBack()
  await hand.title('一、基本情况')
  await progress().getByText('已保存').waitFor()
  await hand.page.goForward()
  await hand.title('二、告知与同意')
  expect(await answerTo(hand, '受访人姓名').inputValue()).toBe('其其格')
  await hand.act('下一页')
  await hand.title('三、家庭成员')
  await hand.page.goBack()
  await hand.title('二、告知与同意')
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.page.waitForURL(/visit\/[^/]+$/)
  expect(hand.faults).toEqual([])
})

test('a member that was removed is brought back where it stood', async () => {
  await hand.tap(line(/问卷/))
  await turnTo('人数')
  const members = hand.page.locator('.repeat .instance')
  await hand.tap(members.first().locator('.head'))
  if ((await answerTo(hand, '姓名').count()) === 0) await hand.tap(members.first().locator('.head'))
  for (const name of ['巴图', '其其格']) {
    await hand.type(answerTo(hand, '姓名'), name)
    await hand.tap(hand.page.getByText('添加家庭成员'))
    await members.filter({ hasText: name }).waitFor()
    await expect.poll(() => answerTo(hand, '姓名').inputValue()).toBe('')
  }
  await hand.tap(members.filter({ hasText: '其其格' }).locator('.head'))
  await answerTo(hand, '姓名').waitFor()
  await hand.tap(hand.page.getByText('移除这一项'))
  await members.nth(1).getByText('已移除 其其格').waitFor()
  expect(await isInView(members.nth(1).getByText('恢复'))).toBe(true)
  expect(await hand.page.getByText('已移除').count()).toBe(1)
  await hand.look('54-form-member-removed')
  await hand.lookLargeAndDark('54-form-member-removed')
  await hand.tap(members.nth(1).getByText('恢复'))
  await members.nth(1).getByText('家庭成员 2').waitFor()
  await members.nth(1).getByText('其其格').waitFor()
  expect(await hand.page.getByText('已移除').count()).toBe(0)

  // What was removed is offered until the page is left.
  await hand.tap(hand.page.getByText('移除这一项'))
  await hand.page.getByText('已移除 其其格').waitFor()
  await hand.act('下一页')
  await hand.title('四、')
  await hand.page.goBack()
  await hand.title('三、家庭成员')
  expect(await hand.page.getByText('已移除').count()).toBe(0)
  expect(await members.count()).toBe(2)
  expect(hand.faults).toEqual([])
})

test('a question that wants a photo of now takes none from the album, and says so where there is no camera', async () => {
  await turnTo('居住环境照片')
  const asked = question('居住环境照片')
  const old = path.join(field.told.folder, 'of-last-year.jpg')
  writeFileSync(old, (await jpeg(hand.page, 'of last year')).buffer)
  utimesSync(old, new Date('2025-01-01'), new Date('2025-01-01'))
  const choose = async (photo: string | Photo): Promise<void> => {
    const chooser = hand.page.waitForEvent('filechooser')
    await hand.tap(asked.getByRole('button'))
    await (await chooser).setFiles(photo)
  }
  await choose(old)
  await asked.getByText('这张不是现在拍的').waitFor()
  expect(await asked.locator('img').count()).toBe(0)
  await hand.look('55-form-photo-of-before')
  await choose(await jpeg(hand.page, 'of now'))
  await asked.locator('img').waitFor()
  expect(await asked.getByText('这张不是现在拍的').count()).toBe(0)

  await hand.page.evaluate(() => {
    navigator.mediaDevices.enumerateDevices = () => Promise.resolve([{ kind: 'audioinput' } as MediaDeviceInfo])
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
  })
  await asked.getByText('没有摄像头').waitFor()
  expect(await asked.getByRole('button').count()).toBe(0)
  await hand.look('56-form-no-camera')
  expect(hand.faults).toEqual([])
})

test('what is known late pushes nothing from under a finger: until then there is nothing to touch', async () => {
  const visit = new URL(hand.page.url()).hash.slice(1).replace(/\/form.*/, '')
  const touchable = hand.page.locator('main').locator('a, button, input').filter({ visible: true })
  for (const [screen, title, late] of [
    ['/me', '我的', 'about'],
    [`${visit}/people`, '同行调查员', 'seal_preview'],
  ] as const) {
    await go(hand, '/today')
    await hand.title('今日任务')
    let give = (): void => undefined
    const given = new Promise<void>((resolve) => (give = resolve))
    await hand.page.route(`**/command/${late}`, async (route) => {
      await given
      await route.continue()
    })
    await go(hand, screen)
    await hand.title(title)
    await hand.page.locator('main').getByText('正在打开').waitFor()
    expect(await touchable.count()).toBe(0)
    give()
    await touchable.first().waitFor()
    await hand.page.waitForTimeout(300)
    await hand.page.unroute(`**/command/${late}`)
    await hand.look(`57-late-${late}`)
    await hand.lookLargeAndDark(`57-late-${late}`)
  }
  expect(hand.faults).toEqual([])
})

/** Whether a finger would reach it where it is. */
async function isInView(what: Locator): Promise<boolean> {
  return what.evaluate((one) => {
    const box = one.getBoundingClientRect()
    return one.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2))
  })
}

/** How far the questions are scrolled. */
async function scrolled(): Promise<number> {
  return hand.page.locator('main').evaluate((one) => Math.round(one.scrollTop))
}

test('a recording outlives the app: what waited is kept, and the button works', async () => {
  const visit = await begin(hand, '户-002', '完成入户')
  await go(hand, `${visit}/consent`)
  await consentToAll(hand)
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await go(hand, `${visit}/recording`)
  await hand.act('开始录音')
  await hand.page.getByText('正在录音').first().waitFor()
  await hand.page.waitForTimeout(2_000)
  await field.kill()
  await hand.page.locator('.bar').getByText('秒还没存好').waitFor()
  await hand.look('43-recording-app-gone')
  await field.reopen()
  await hand.title('请输入密码')
  await unlock(hand, field)
  await hand.page.getByText('每秒都已存到手机').waitFor()
  expect(await hand.page.locator('.bar').getByText('还没存好').count()).toBe(0)
  await hand.tap(hand.page.getByRole('button', { name: '停止并保存' }))
  await hand.page.locator('audio').first().waitFor()
  const length = (await hand.page.locator('.piece p').first().textContent()) ?? ''
  expect(Number(/长度 0?0:(\d+)/.exec(length)?.[1] ?? /长度 (\d+) 秒/.exec(length)?.[1])).toBeGreaterThanOrEqual(5)
  await hand.look('44-recording-after-app-gone')
})

test('a recording whose app does not come back is ended by hand, and what is there is offered', async () => {
  const visit = new URL(hand.page.url()).hash.slice(1)
  await go(hand, visit)
  await hand.act('开始录音')
  await hand.page.waitForTimeout(2_500)
  await field.kill()
  await hand.page.locator('.bar').getByText('秒还没存好').waitFor()
  await hand.tap(hand.page.getByRole('button', { name: '停止并保存' }))
  await hand.act('不等了')
  await hand.page.getByText('没有存好，已经丢失').first().waitFor()
  await hand.look('45-recording-given-up')
  await hand.page.locator('.frame-action .button.primary:enabled').waitFor()
  await field.reopen()
  await go(hand, '/today')
  await unlock(hand, field)
  await hand.tap(hand.page.getByText('段录音被中断'))
  await hand.act('保存这段录音')
  await hand.page.getByText('没有被中断的录音').waitFor()
  expect(hand.faults).toEqual([])
})

test('a seal whose answer a kill cut off is told as sealed, and leads on', async () => {
  const visit = await readyToSeal('户-003')
  await go(hand, `${visit}/seal`)
  await hand.page.route('**/command/seal', async (route) => {
    await route.fetch()
    await field.kill()
    await route.abort()
  })
  await confirmSeal(hand, field)
  await hand.page.getByText('应用没有回应').waitFor()
  await hand.page.unroute('**/command/seal')
  await hand.look('46-seal-cut-off')
  await field.reopen()
  await go(hand, '/today')
  await unlock(hand, field)
  await go(hand, `${visit}/seal`)
  await hand.page.locator('.number').getByText('已封存').waitFor()
  expect(await hand.page.locator('.mark.met').getByText('已签').count()).toBe(2)
  await hand.look('47-seal-made-before')
  await hand.act('去上传')
  await hand.title('上传')
  expect(hand.faults).toEqual([])
})

test('one of two has signed: the screens say who has not, and lead there', async () => {
  const visit = await readyToSeal('户-004')
  await go(hand, `${visit}/seal`)
  // Whose PIN is wrong is said, and only that one is asked for again.
  const pins = hand.page.locator('form#seal input[type=password]')
  await hand.type(pins.first(), field.told.pin)
  expect(await hand.page.locator('.frame-action .button.primary').isDisabled()).toBe(true)
  await hand.type(pins.nth(1), `${field.told.pin}9`)
  await hand.act('封存')
  await hand.page.locator('[role=alert]', { hasText: /：密码不对/ }).waitFor()
  expect([await pins.first().inputValue(), await pins.nth(1).inputValue()]).toEqual([field.told.pin, ''])
  await hand.look('47-seal-wrong-pin')
  await hand.page.locator('.whom', { hasText: '户-004' }).waitFor()
  await sealAlone(hand, field)
  await hand.page.getByText('封存还差签名').waitFor()
  await hand.look('48-seal-half')
  await go(hand, '/today')
  await lineOf(hand, /户-004/)
    .getByText(/等.+封存 1\/2/)
    .waitFor()
  await hand.look('48-today-half-sealed')
  await go(hand, visit)
  await hand.page.getByText(/等.+封存 1\/2/).waitFor()
  await hand.page.getByText('签过才会计数').waitFor()
  await hand.look('49-visit-half-sealed')
  await hand.act('去签名封存')
  await hand.page.locator('form#seal input[type=password]').first().waitFor()
  expect(await hand.page.locator('form#seal input[type=password]').count()).toBe(1)
  await confirmSeal(hand, field)
  await hand.page.locator('.number').getByText('已封存').waitFor()
  expect(hand.faults).toEqual([])
})

test('a place that is refused asks for the reason', async () => {
  const visit = await begin(hand, '户-005', '完成入户')
  await hand.context.clearPermissions()
  // Who joins does so without a place, too.
  await hand.tap(line(/同行调查员/))
  await hand.page.getByText('没有位置也能加入').waitFor()
  await hand.type(hand.page.locator('#join-pin'), field.told.pin)
  await hand.act('加入')
  await hand.act('回到入户')
  await go(hand, `${visit}/place`)
  await hand.page.getByText('没有定位权限').waitFor()
  await hand.look('50-place-denied')
  await hand.act('记下说明')
  await hand.page.getByText('请先选原因').waitFor()
  await hand.tap(hand.page.getByText('设备坏了'))
  await hand.type(hand.page.locator('#witness-pin'), field.told.pin)
  await hand.act('记下说明')
  await line(/定位/).getByText('已说明').first().waitFor()
  await hand.context.grantPermissions(['geolocation', 'microphone', 'camera'])
  expect(hand.faults).toEqual([])
})

/** A visit of which little is wanted, with all of it there. */
async function readyToSeal(household: string): Promise<string> {
  const visit = await begin(hand, household, '拒绝入户')
  await join(hand, field)
  await photograph(hand, /照片/, true)
  await place(hand)
  await hand.page.getByText('都齐了').first().waitFor()
  return visit
}
