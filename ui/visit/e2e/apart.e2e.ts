import { expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import type { Field } from './field'
import { Hand } from './hand'
import { jpeg } from './picture'
import { RECEIVED, answerTo, begin, confirmSeal, go, line, photograph, place, send as sendFrom, unlock, visitOf } from './steps'
import { story } from './story'

let field: Field
/** The first investigator's phone, and the second's. */
let first: Hand
let second: Hand

story('apart', async (theField, theHand, browser) => {
  ;[field, first, second] = [theField, theHand, await Hand.hold(browser)]
  await first.page.goto(field.url)
  await second.page.goto(await field.anotherPhone(field.told.people[1] ?? ''))
  for (const hand of [first, second]) {
    await unlock(hand, field)
    await hand.title('今日任务')
  }
})

async function send(hand: Hand): Promise<void> {
  await go(hand, '/sync')
  await sendFrom(hand)
}
async function writeAddress(hand: Hand, text: string): Promise<string> {
  await go(hand, '/today')
  const visit = await visitOf(hand, /户-003/)
  await hand.tap(line(hand, /问卷/))
  const address = answerTo(hand, '详细住址')
  await hand.type(address, text)
  await address.blur()
  await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()
  return visit
}

test('the list tells whom to visit, where they live, and finds them by the head of the household', async () => {
  const row = line(first, /户-003/)
  await row.getByText('户主3').waitFor()
  await row.getByText('示例嘎查 3 号').waitFor()
  await first.page.locator('input[type=search]').fill('户主12')
  await line(first, /户-012/).waitFor()
  expect(await line(first, /./).count()).toBe(1)
  await first.look('60-today-by-head')
  await first.page.locator('input[type=search]').fill('')
})

test('two people on two phones write different things, and a person picks', async () => {
  const visit = await writeAddress(first, '示例嘎查 3 号东院')
  await writeAddress(second, '示例嘎查 3 号西院')
  await send(first)
  await send(second)
  await send(first)
  await go(first, visit)
  await first.page.getByText('王建国').first().waitFor()
  await first.tap(first.page.getByText('有 1 处两人填得不一样'))
  await first.title(/./)
  const values = first.page.locator('main .line')
  await values.filter({ hasText: '东院' }).waitFor()
  await values.filter({ hasText: '西院' }).getByText('王建国').waitFor()
  await first.look('61-conflicts')
  await first.tap(values.filter({ hasText: '西院' }))
  await values.first().waitFor({ state: 'detached' })
  await send(first)
  await send(second)
  await go(second, visit)
  await second.tap(line(second, /问卷/))
  const address = answerTo(second, '详细住址')
  expect(await address.inputValue()).toBe('示例嘎查 3 号西院')
  expect([...first.faults, ...second.faults]).toEqual([])
})

test('a conflict that both settle, each otherwise, is one again on both phones', async () => {
  const visit = await writeAddress(first, '示例嘎查 3 号甲院')
  await writeAddress(second, '示例嘎查 3 号乙院')
  for (const hand of [first, second, first]) await send(hand)
  const values = (hand: Hand): Locator => hand.page.locator('main .line')
  for (const [hand, own] of [
    [first, '甲院'],
    [second, '乙院'],
  ] as const) {
    await go(hand, `${visit}/conflicts`)
    await hand.tap(values(hand).filter({ hasText: own }))
    await values(hand).first().waitFor({ state: 'detached' })
  }
  for (const hand of [first, second, first]) await send(hand)
  for (const hand of [first, second]) {
    await go(hand, visit)
    await hand.tap(hand.page.getByText('有 1 处两人填得不一样'))
    await hand.page.getByRole('heading', { name: '详细住址' }).waitFor()
    await values(hand).filter({ hasText: '甲院' }).waitFor()
    await values(hand).filter({ hasText: '乙院' }).waitFor()
  }
  await second.look('61-conflict-again')
  await second.tap(values(second).filter({ hasText: '甲院' }))
  await values(second).first().waitFor({ state: 'detached' })
  for (const hand of [second, first]) await send(hand)
  await go(first, visit)
  await line(first, /问卷/).waitFor()
  expect(await first.page.getByText('两人填得不一样').count()).toBe(0)
  expect([...first.faults, ...second.faults]).toEqual([])
})

test('each seals on the own phone: the first has, and the list leads the second there', async () => {
  const visit = await begin(first, '户-005', '拒绝入户')
  await photograph(first, /照片/, true)
  await place(first)
  await first.page.waitForURL(/visit\/[^/]+$/)
  await send(first)
  await send(second)
  await go(second, '/today')
  expect(await visitOf(second, /户-005/)).toBe(visit)
  // Each leaves an own trace.
  await go(second, `${visit}/place`)
  await second.page.locator('.number').filter({ hasText: '误差' }).waitFor()
  await second.act('记下这个位置')
  await second.page.waitForURL(/visit\/[^/]+$/)
  await send(second)
  await send(first)
  await go(first, `${visit}/seal`)
  await first.page.getByText('用自己的手机封存').waitFor()
  expect(await first.page.locator('form#seal input[type=password]').count()).toBe(1)
  await confirmSeal(first, field)
  await first.page.getByText('封存还差签名').waitFor()
  for (const hand of [first, second]) {
    await send(hand)
    await go(hand, '/today')
    await line(hand, /户-005/)
      .getByText('等王建国封存 1/2')
      .waitFor()
  }
  await second.look('61-today-half-sealed')
  await second.tap(line(second, /户-005/))
  await second.act('去签名封存')
  await confirmSeal(second, field)
  await second.page.locator('.number').getByText('已封存').waitFor()
  for (const hand of [second, first]) {
    await send(hand)
    await go(hand, '/today')
    await hand.tap(hand.page.getByRole('button', { name: '已完成' }))
    await line(hand, /户-005/)
      .getByText(RECEIVED)
      .waitFor()
    await hand.tap(hand.page.getByRole('button', { name: '未完成' }))
  }
  expect([...first.faults, ...second.faults]).toEqual([])
})

test('a forgotten PIN: a new code of the office, and what was written is still there', async () => {
  await go(second, '/today')
  await visitOf(second, /户-004/)
  await second.tap(second.page.getByText('备注'))
  await second.type(second.page.locator('#note'), '门前有一口井。')
  await second.act('记下备注')
  await second.page.getByText('门前有一口井').first().waitFor()
  await go(second, '/me')
  await second.act('换人或锁定')
  await second.title('请输入密码')
  await second.look('62-unlock-forgotten')
  await second.tap(second.page.getByText('忘记密码'))
  await second.title('重设密码')
  await second.type(second.page.locator('#invitation'), field.invite(field.told.people[1] ?? ''))
  await second.type(second.page.locator('#new-pin'), '975310')
  await second.type(second.page.locator('#new-pin-again'), '975310')
  await second.look('63-enrol-forgotten')
  await second.act('设新密码')
  await second.title('今日任务')
  await second.tap(line(second, /户-004/))
  await second.tap(second.page.getByText('备注'))
  await second.page.getByText('门前有一口井').first().waitFor()
  await send(second)
  await second.page.getByText('都已上传').waitFor()
  expect(second.faults).toEqual([])
})

test('whose phone it is can be seen before the PIN', async () => {
  await go(first, '/me')
  const chooser = first.page.waitForEvent('filechooser')
  await first.tap(first.page.getByRole('button', { name: '拍本人照片' }))
  await (await chooser).setFiles(await jpeg(first.page, 'portrait'))
  await first.page.locator('main img.portrait').waitFor()
  await first.look('64-me-portrait')
  await first.act('换人或锁定')
  await first.title('请输入密码')
  const shown = first.page.locator('img.portrait').filter({ visible: true })
  await shown.waitFor()
  expect(await shown.evaluate((one) => (one as HTMLImageElement).naturalWidth)).toBeGreaterThan(0)
  await first.look('64-unlock-portrait')
  await unlock(first, field)
  await first.title('我的')
  expect(first.faults).toEqual([])
})

test('help, and a problem report that tells nothing personal', async () => {
  await go(first, '/me')
  await first.tap(first.page.getByText('帮助'))
  await first.title('帮助')
  await first.look('64-help')
  await first.tap(first.page.locator('.frame-back'))
  await first.tap(first.page.getByText('问题报告'))
  await first.page.locator('#report').filter({ visible: true }).waitFor()
  await expect.poll(() => first.page.locator('#report').inputValue()).toContain('installation')
  const report = await first.page.locator('#report').inputValue()
  for (const personal of ['户主', '示例嘎查', '包乌云', '1390000']) expect(report).not.toContain(personal)
  await first.look('65-report')
  expect(first.faults).toEqual([])
})

test('practising is said on every screen, is never sent, and leaves nothing', async () => {
  await go(first, '/me')
  await first.tap(first.page.getByText('练习', { exact: true }))
  await first.title('练习')
  await first.look('66-practice')
  await first.type(first.page.locator('#practice-pin'), field.told.pin)
  await first.act('开始练习')
  await first.title('今日任务')
  const banner = first.page.getByText('练习中，内容不会上传')
  await banner.waitFor()
  expect(await line(first, /./).count()).toBe(1)
  await first.look('67-today-practising')
  await visitOf(first, /练习户/)
  await first.page.getByText('还缺').first().waitFor()
  await banner.waitFor()
  await first.look('68-visit-practising')
  await first.tap(line(first, /问卷/))
  await first.page.locator('.question').first().waitFor()
  await banner.waitFor()
  await go(first, '/sync')
  await first.act('现在上传')
  await first.page.getByText('这是练习，内容不会上传').first().waitFor()
  await first.tap(first.page.getByRole('button', { name: '结束练习' }))
  await line(first, /户-001/).waitFor()
  expect(await banner.count()).toBe(0)
  expect(await line(first, /练习户/).count()).toBe(0)
  expect(first.faults).toEqual([])
})

test("a household on nobody's list is added and visited, and the office gives it a code", async () => {
  await go(first, '/today')
  await first.tap(first.page.getByText('新发现的户'))
  await first.title('新发现的户')
  await first.act('登记并开始入户')
  await first.page.getByText('请选所在地区').waitFor()
  await first.page.locator('#found-area').selectOption({ index: 1 })
  await first.type(first.page.locator('#found-head'), '新来户主')
  await first.type(first.page.locator('#found-address'), '示例嘎查北井')
  await first.look('69-found')
  await first.act('登记并开始入户')
  await first.title('新发现')
  await first.page.getByText('示例嘎查北井').waitFor()

  // The partner joins by the code on the screen, without a network in between.
  await first.tap(line(first, /同行调查员/))
  await first.tap(first.page.getByText('出示入户码'))
  const code = await first.page.locator('#visit-code').inputValue()
  await first.look('69-visit-code')
  await go(second, '/today')
  await second.tap(second.page.getByText('扫入户码'))
  await second.type(second.page.locator('#join-code'), 'no code')
  await second.act('加入这次入户')
  await second.page.getByText('这不是入户码').waitFor()
  await second.look('69-join')
  await second.page.locator('#join-code').fill(code)
  await second.act('加入这次入户')
  await second.title('新发现')
  await send(second)
  await second.page.getByText('都已上传').waitFor()
  await send(first)
  await first.page.getByText('都已上传').waitFor()
  await go(first, '/today')
  await line(first, /新发现 新来户主/)
    .getByText('示例嘎查北井')
    .waitFor()
  await first.tap(line(first, /新发现 新来户主/))
  await first.page.getByText('在场 包乌云、王建国').waitFor()
  expect([...first.faults, ...second.faults]).toEqual([])
})
