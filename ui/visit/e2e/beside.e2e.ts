import { expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import type { Field } from './field'
import type { Hand } from './hand'
import { enter, go, line as lineOf } from './steps'
import { story } from './story'

let field: Field
let hand: Hand

story('beside', async (theField, theHand) => {
  ;[field, hand] = [theField, theHand]
  await enter(hand, field)
  await hand.title('今日任务')
})

const line = (name: RegExp): Locator => lineOf(hand, name)

test('a third person is enrolled on the same phone, and the phone says that the server has not confirmed it', async () => {
  await hand.tap(hand.page.getByText('我的'))
  await hand.tap(hand.page.getByText('在这部手机上登记另一位调查员'))
  await hand.title('登记这部手机')
  await hand.act('登记')
  await hand.page.getByText('请先扫描二维码或粘贴登记码').waitFor()
  await hand.look('40-enrol-wanting')
  await hand.type(hand.page.locator('#invitation'), 'not an invitation')
  await hand.type(hand.page.locator('#new-pin'), '864200')
  await hand.type(hand.page.locator('#new-pin-again'), '864201')
  await hand.act('登记')
  await hand.page.getByText('两次输入的密码不一样').waitFor()
  await hand.page.locator('#new-pin-again').fill('864200')
  await hand.act('登记')
  await hand.page.locator('.problem').waitFor()
  await hand.look('41-enrol-refused')
  await hand.page.locator('#invitation').fill(field.told.invitation)
  await hand.act('登记')
  await hand.title('今日任务')
  await hand.page.getByText('登记还没有得到服务器确认').waitFor()
  await hand.look('42-today-unconfirmed')
  await hand.tap(hand.page.getByText('上传', { exact: true }))
  await hand.act('现在上传')
  await hand.page.getByText('这次上传已结束').waitFor({ timeout: 60_000 })
  expect(hand.faults).toEqual([])
})

test('a locked phone asks for the PIN above the screen, and what was typed is still there', async () => {
  await changePerson()
  await hand.tap(line(/户-002/))
  await hand.act('开始入户')
  await hand.tap(hand.page.getByText('备注'))
  await hand.type(hand.page.locator('#note'), '院门朝南，狗拴在东侧。')
  // Another window of the same session locks it, as time does.
  await hand.page.evaluate(() =>
    fetch('/command/lock', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
  )
  await hand.act('记下备注')
  await hand.title('请输入密码')
  await hand.type(hand.page.locator('#pin'), field.told.pin)
  await hand.act('解锁')
  await hand.page.getByText('院门朝南').waitFor()
  await hand.look('43-notes')
  expect(hand.faults).toEqual([])
})

async function changePerson(): Promise<void> {
  await go(hand, '/me')
  await hand.act('换人或锁定')
  await hand.title('请输入密码')
  await hand.tap(hand.page.getByText(field.told.names[0] ?? '', { exact: true }))
  await hand.type(hand.page.locator('#pin'), field.told.pin)
  await hand.act('解锁')
  await go(hand, '/today')
  await line(/户-002/).waitFor()
}

test('a recording that the household refuses is explained and witnessed', async () => {
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.tap(line(/同行调查员/))
  await hand.type(hand.page.locator('#join-pin'), field.told.pin)
  await hand.act('加入')
  await hand.act('回到入户')
  await hand.tap(line(/录音/))
  await hand.tap(hand.page.getByText('说明为什么没有'))
  await hand.title('说明为什么没有')
  await hand.tap(hand.page.locator('input[name=reason]').first())
  await hand.page.locator('#witness-pin').waitFor()
  await hand.look('44-waive')
  await hand.type(hand.page.locator('#witness-pin'), field.told.pin)
  await hand.act('记下说明')
  await line(/录音/).getByText('已说明').first().waitFor()
  await hand.look('45-visit-waived')
  expect(hand.faults).toEqual([])
})

test('a seal with something missing says what, and why it would not count', async () => {
  await hand.tap(hand.page.locator('.frame-action').getByText('封存'))
  await hand.title('封存')
  await hand.page.locator('main li').first().waitFor()
  await hand.look('46-seal-wanting')
  // Nobody can seal so without saying that the partner has the rest; the foot leads to what is missing.
  expect(await hand.page.locator('form#seal input[type=password]').count()).toBe(0)
  await hand.page
    .locator('.frame-action a.primary')
    .filter({ hasText: /去选结果|看还缺什么/ })
    .waitFor()
  expect(hand.faults).toEqual([])
})

test('the form lists what it wants and leads there, and lists its pages', async () => {
  await hand.tap(hand.page.locator('.frame-back'))
  await hand.tap(line(/问卷/))
  await hand.tap(hand.page.getByText('看哪几题'))
  await hand.look('47-form-what-is-wanting')
  await hand.tap(hand.page.locator('.wanting .line').first())
  await hand.page.getByText('这一题必须填写').first().waitFor()
  await hand.look('47-form-wanting')
  await hand.tap(hand.page.getByText('目录'))
  await hand.look('48-form-pages')
  const phone = hand.page.locator('.question').filter({ hasText: '联系电话' }).locator('.input')
  await hand.type(phone, '123')
  await phone.blur()
  await hand.page.getByText('请填 11 位手机号').first().waitFor()
  await phone.scrollIntoViewIfNeeded()
  await hand.look('49-form-constraint')
  expect(hand.faults).toEqual([])
})

test('the questionnaire can be one long list, and that is remembered', async () => {
  await hand.tap(hand.page.getByRole('button', { name: '全部列在一起填' }))
  const heading = (name: string): Locator => hand.page.locator('main h2').filter({ hasText: name })
  await heading('一、基本情况').waitFor()
  await heading('十、观察与结论').waitFor()
  await hand.look('49-form-as-list')
  await hand.page.reload()
  await heading('十、观察与结论').waitFor()
  await hand.tap(hand.page.getByText('目录'))
  await hand.tap(hand.page.locator('main .line').filter({ hasText: '十、观察与结论' }))
  await expect.poll(() => heading('十、观察与结论').evaluate((one) => one.getBoundingClientRect().top)).toBeLessThan(400)
  const township = hand.page.locator('.question').filter({ hasText: '苏木' }).locator('.input')
  await hand.type(township, '示例苏木')
  await hand.act('完成')
  await hand.page.waitForURL(/visit\/[^/]+$/)
  await hand.tap(line(/问卷/))
  expect(await township.inputValue()).toBe('示例苏木')
  await hand.tap(hand.page.getByText('目录'))
  await hand.tap(hand.page.getByRole('button', { name: '一页一页填' }))
  await hand.title('一、基本情况')
  expect(await heading('十、观察与结论').count()).toBe(0)
  expect(hand.faults).toEqual([])
})

test('the screens speak Mongolian where it is written, and high contrast', async () => {
  await go(hand, '/me')
  await hand.title('我的')
  await hand.tap(hand.page.locator('input[name=language]').nth(1))
  await hand.title('ᠪᠢ')
  await hand.tap(hand.page.locator('.contrast input'))
  await hand.look('50-me-mongolian')
  await hand.tap(hand.page.locator('input[name=language]').first())
  await hand.title('我的')
  await hand.tap(hand.page.locator('.contrast input'))
  expect(hand.faults).toEqual([])
})
