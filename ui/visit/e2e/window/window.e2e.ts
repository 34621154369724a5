import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createHash } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { countedBy, decideShared, firstLine, ROOT, type Told } from '../field'
import { Driver, until } from './driver'

/** What `hudang-demo window` says of the server, the contract and the invitations that it has made. */
type Made = Pick<Told, 'pin' | 'program' | 'store' | 'server' | 'tls_fingerprint' | 'token' | 'leader_token'> & {
  invitations: [string, string]
}

const TARGET = path.join(ROOT, 'target')
const FOLDER = path.join(TARGET, 'screens-window')
let demo: ChildProcess
let told: Made
let driver: Driver

beforeAll(async () => {
  const program = process.env['HUDANG_DEMO'] ?? path.join(TARGET, 'debug/hudang-demo')
  demo = spawn(program, ['window', '--folder', FOLDER], { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })
  told = JSON.parse(await firstLine(demo)) as Made
  const app = process.env['HUDANG_APP'] ?? path.join(TARGET, 'debug/hudang-app')
  // What the toolkit keeps for itself stays in the folder too.
  const environment = { HOME: FOLDER, XDG_DATA_HOME: path.join(FOLDER, 'data'), XDG_CACHE_HOME: path.join(FOLDER, 'cache') }
  driver = await Driver.start(app, ['--store', told.store, '--reserve-mb', '1'], environment)
})
afterAll(async () => {
  await driver?.end()
  if (demo && demo.exitCode === null) {
    const gone = once(demo, 'exit')
    demo.stdin?.end()
    await gone
  }
})
afterEach(async ({ task }) => {
  if (task.result?.state !== 'pass') await look('window-failed').catch(() => undefined)
})

async function look(name: string): Promise<void> {
  mkdirSync(path.join(TARGET, 'screens'), { recursive: true })
  writeFileSync(path.join(TARGET, 'screens', `${name}.png`), await driver.picture())
}
const title = (name: string) => driver.find('h1', name)
/** Presses the one action at the foot of the screen. */
const act = (name: string) => driver.click('.frame-action .button.primary', name)
const line = (name: string) => driver.click('main .line', name)

/** Whoever else takes part on this phone acts from now on. */
async function actAsOther(): Promise<void> {
  await driver.click('main .line button', '来操作')
  await driver.type('#pin', told.pin)
  await act('解锁')
  await driver.find('main .line button', '来操作')
}

test('the real window: enrol, visit, photo by file, seal, sync, and the server counts it', async () => {
  await title('登记这部手机')
  await watchPolicy()
  await look('window-01-enrol')
  await enrol(told.invitations[0])
  await driver.click('a, button', '我的')
  await driver.click('a, button', '在这部手机上登记另一位调查员')
  await title('登记这部手机')
  await enrol(told.invitations[1])
  expect(await unconfirmed()).toBe(true)
  await send()
  await driver.click('.frame-back')
  await title('今日任务')
  await driver.find('main .line', '户-001')
  expect(await unconfirmed()).toBe(false)
  await look('window-02-today')

  await line('户-001')
  await act('开始入户')
  await act('入户结果')
  await driver.click('label', '完成入户')
  await title('同行调查员')
  await driver.type('#join-pin', told.pin)
  await act('加入')
  // Each leaves an own trace: the second asks for consent, the first does the rest.
  await actAsOther()
  await act('回到入户')
  await act('告知与同意')
  await title('告知与同意')
  for (const to of ['visit', 'photo', 'audio']) await driver.click(`label:has(input[name=consent-${to}][value=yes])`)
  await act('记下回答')
  await line('同行调查员')
  await actAsOther()
  await act('回到入户')
  await driver.find('main .line', '照片')
  await look('window-03-visit')
  await takePhoto()
  await fillForm()
  await sign()
  await look('window-06-complete')
  await seal()
  expect(countedBy(told)).toBe(0)
  await act('去上传')
  await send()
  // Received; whether it counts is told a moment later.
  await driver.find('main', '未计数，点开看原因')
  await look('window-08-received')
  // Two people on one phone are for the purchaser to decide.
  await expect.poll(() => decideShared(told), { timeout: 30_000 }).toBe(1)
  expect(countedBy(told)).toBe(1)
  expect(await driver.run<string[]>('return window.refusedByPolicy')).toEqual([])
})

/** Notes whatever the content security policy refuses. */
async function watchPolicy(): Promise<void> {
  await driver.run(`window.refusedByPolicy = []
    document.addEventListener('securitypolicyviolation', (event) =>
      window.refusedByPolicy.push(event.violatedDirective + ' ' + event.blockedURI))`)
}

async function enrol(invitation: string): Promise<void> {
  await driver.paste('#invitation', invitation)
  await driver.type('#new-pin', told.pin)
  await driver.type('#new-pin-again', told.pin)
  await act('登记')
  await title('今日任务')
}

/** Whether today's list says that the server has not confirmed an enrolment. */
const unconfirmed = (): Promise<boolean> =>
  driver.run(`return document.querySelector('main').textContent.includes('登记还没有得到服务器确认')`)

/** Sends from today's list, or from the screen of sending where that is open. */
async function send(): Promise<void> {
  const isThere = await driver.run<boolean>(
    `return [...document.querySelectorAll('h1')].some((one) => one.textContent === '上传')`,
  )
  if (!isThere) await driver.click('a, button', '上传')
  await title('上传')
  await act('现在上传')
  await driver.find('main', '这次上传已结束')
}

async function takePhoto(): Promise<void> {
  await line('照片')
  await title('照片')
  const file = path.join(FOLDER, 'camera.jpg')
  const bytes = await jpeg()
  writeFileSync(file, bytes)
  await driver.find('.frame-action .button.primary', '拍照')
  // What a file manager would give to the button; a photo from the album would not count.
  await driver.choose('.frame-action input[type=file]', file)
  // With enough photos the screen goes back by itself.
  await driver.find('main .line', '问卷')
  await line('照片')
  await driver.find('main img')
  const shown = `const image = document.querySelector('main img')
    return image?.complete && image.naturalWidth > 0 ? image.closest('a').getAttribute('href') : null`
  const address = await until('the picture of the photo', () => driver.run<string | null>(shown))
  // The original went through the window byte by byte: its name is its hash.
  expect(address).toContain(createHash('sha256').update(bytes).digest('hex'))
  await look('window-04-photo')
  await driver.click('.frame-back')
}

/** A photo of the size that a phone takes, drawn by the page. */
async function jpeg(): Promise<Buffer> {
  const text = await driver.run<string>(`const canvas = document.createElement('canvas')
    canvas.width = 1600; canvas.height = 1200
    const context = canvas.getContext('2d')
    let state = 7
    const next = () => (state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296
    for (let n = 0; n < 400; n += 1) {
      context.fillStyle = 'hsl(' + Math.floor(next() * 360) + ' 60% ' + Math.floor(20 + next() * 60) + '%)'
      context.fillRect(next() * 1600, next() * 1200, 30 + next() * 300, 30 + next() * 300)
    }
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1]`)
  return Buffer.from(text, 'base64')
}

async function fillForm(): Promise<void> {
  await line('问卷')
  await driver.type('.question .input', 'Bayar')
  await driver.click('.question label:has(input[value=yes])')
  await driver.find('.progress', '已保存')
  await look('window-05-form')
  await act('完成')
}

async function sign(): Promise<void> {
  await line('签字')
  await title('签字')
  await act('开始签字')
  await driver.find('dialog canvas')
  const box = await until('the sheet', () =>
    driver.run<{ x: number; y: number; width: number; height: number } | null>(`
      const sheet = document.querySelector('dialog canvas'), box = sheet.getBoundingClientRect()
      return sheet.width === 2 * sheet.clientWidth && box.width > 0 ? box.toJSON() : null`),
  )
  const points = Array.from({ length: 24 }, (_, n) => ({
    x: box.x + box.width * (0.5 + 0.2 * Math.sin(n)),
    y: box.y + box.height * (0.2 + 0.025 * n),
  }))
  await driver.draw(points)
  await driver.click('dialog .button.primary')
  await driver.find('main .line', '签字')
}

async function seal(): Promise<void> {
  await act('封存')
  await title('封存')
  await driver.find('form#seal input[type=password]')
  const pins = await driver.run<string[]>(
    `return [...document.querySelectorAll('form#seal input[type=password]')].map((one) => one.id)`,
  )
  expect(pins).toHaveLength(2)
  for (const pin of pins) await driver.type(`[id="${pin}"]`, told.pin)
  await look('window-07-seal')
  await act('封存')
  await driver.find('main', '已封存')
}
