import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Browser, Locator } from 'playwright-core'
import path from 'node:path'
import { Field, ROOT } from './field'
import { Hand, openBrowser } from './hand'
import { jpeg } from './picture'
import { send as sendFrom } from './steps'

let browser: Browser
let field: Field
/** The first investigator's phone, and the second's. */
let first: Hand
let second: Hand

beforeAll(async () => {
  ;[browser, field] = await Promise.all([openBrowser(), Field.begin('apart')])
  ;[first, second] = await Promise.all([Hand.hold(browser), Hand.hold(browser)])
  await first.page.goto(field.url)
  await second.page.goto(await field.anotherPhone(field.told.people[1] ?? ''))
  await Promise.all([unlock(first), unlock(second)])
})
afterAll(async () => {
  await browser?.close()
  await field?.end()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'pass') return
  for (const [name, hand] of Object.entries({ first, second })) {
    await hand?.page.screenshot({ path: path.join(ROOT, `target/screens/failed-apart-${name}.png`) }).catch(() => undefined)
    process.stdout.write(`${name} ${hand?.page.url()}\n${hand?.faults.join('\n')}\n`)
  }
})

async function unlock(hand: Hand): Promise<void> {
  await hand.type(hand.page.locator('#pin'), field.told.pin)
  await hand.act('解锁')
  await hand.title('今日任务')
}
const line = (hand: Hand, name: RegExp): Locator => hand.page.locator('main .line').filter({ hasText: name })
const go = (hand: Hand, to: string): Promise<unknown> =>
  hand.page.goto(`${new URL(hand.page.url()).origin}/#${to}`).then(() => hand.page.locator('h1').first().waitFor())

async function send(hand: Hand): Promise<void> {
  await go(hand, '/sync')
  await sendFrom(hand)
}
async function writeAddress(hand: Hand, text: string): Promise<string> {
  await go(hand, '/today')
  await hand.tap(line(hand, /户-003/))
  await hand.page.waitForURL(/visit\/[^/]+$/)
  const { hash } = new URL(hand.page.url())
  await hand.tap(line(hand, /问卷/))
  const address = hand.page.locator('.question').filter({ hasText: '详细住址' }).locator('.input')
  await hand.type(address, text)
  await address.blur()
  await hand.page.locator('.progress', { hasText: '已保存' }).waitFor()
  return hash.slice(1)
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
  const address = second.page.locator('.question').filter({ hasText: '详细住址' }).locator('.input')
  expect(await address.inputValue()).toBe('示例嘎查 3 号西院')
  expect([...first.faults, ...second.faults]).toEqual([])
})

test('a forgotten PIN: a new code of the office, and what was written is still there', async () => {
  await go(second, '/today')
  await second.tap(line(second, /户-004/))
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
  await first.type(first.page.locator('#pin'), field.told.pin)
  await first.act('解锁')
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
  await first.tap(line(first, /练习户/))
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
