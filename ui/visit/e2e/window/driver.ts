import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'

/** How long a condition may take before it counts as missed. */
export const PATIENCE_MS = 30_000
/** How a reference to an element is named in WebDriver (W3C). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
/** What WebDriver says of an element that the screen has just replaced, moved or not yet shown. */
const PASSING = ['stale element reference', 'element not interactable', 'element click intercepted', 'no such element']

export type Element = { [ELEMENT]: string }

class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`)
  }
}

/** Asks again until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await ask()
    if (found !== null) return found
    if (Date.now() > end) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A screen that nobody sees; the server itself says when it is ready, and under which number. */
async function openDisplay(): Promise<[ChildProcess, string]> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const said = server.stdio[3] as Readable
  const number = await Promise.race([
    once(said, 'data').then(([text]) => String(text).trim()),
    once(server, 'error').then(([error]) => Promise.reject(error as Error)),
    once(server, 'exit').then(() => Promise.reject(new Error('Xvfb ended'))),
  ])
  return [server, `:${number}`]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** WebKitWebDriver with one session in one program, on a display of its own. */
export class Driver {
  private constructor(
    private readonly children: ChildProcess[],
    private readonly address: string,
    private session: string,
  ) {}

  static async start(binary: string, args: string[], environment: Record<string, string>): Promise<Driver> {
    const [screen, display] = await openDisplay()
    const port = await freePort()
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...environment,
      DISPLAY: display,
      GDK_BACKEND: 'x11',
      LANG: 'C.UTF-8',
      TAURI_AUTOMATION: 'true',
      TAURI_WEBVIEW_AUTOMATION: 'true',
    }
    delete env['WAYLAND_DISPLAY']
    const web = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    const driver = new Driver([web, screen], `http://127.0.0.1:${port}`, '')
    try {
      await until('WebKitWebDriver', () => driver.ask<object>('GET', '/status').catch(() => null))
      const options = { 'webkitgtk:browserOptions': { binary, args } }
      const made = await driver.ask<{ sessionId: string }>('POST', '/session', { capabilities: { alwaysMatch: options } })
      driver.session = `/session/${made.sessionId}`
      return driver
    } catch (cause) {
      await driver.end()
      throw cause
    }
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    // The driver itself waits for ever where the web view is stuck.
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const init: RequestInit = { method, signal, headers: { 'content-type': 'application/json' } }
    if (body) init.body = JSON.stringify(body)
    const reply = await fetch(this.address + path, init)
    const { value } = (await reply.json()) as { value: T & { error?: string; message?: string } }
    if (!reply.ok) throw new Refused(value.error ?? String(reply.status), value.message ?? '')
    return value
  }

  /** Runs a function's text in the page. */
  async run<T>(script: string, ...args: unknown[]): Promise<T> {
    return this.ask<T>('POST', `${this.session}/execute/sync`, { script, args })
  }

  /** The first element that is shown, and has the text in it. */
  async find(css: string, text = ''): Promise<Element> {
    const script = `return [...document.querySelectorAll(arguments[0])].find((one) =>
      one.getClientRects().length > 0 && !one.disabled && one.textContent.includes(arguments[1])) ?? null`
    return until(`${css} ${text}`, () => this.run<Element | null>(script, css, text))
  }

  /** Whether an element stays where it is for a moment: what loads above it would move it from under the pointer. */
  private async standsStill(element: Element): Promise<boolean> {
    const where = (): Promise<string> => this.run<string>('return JSON.stringify(arguments[0].getBoundingClientRect())', element)
    const before = await where()
    await new Promise((resolve) => setTimeout(resolve, 200))
    return (await where()) === before
  }

  /** Does something to an element as soon as the screen lets it. */
  private async reach(css: string, text: string, path: string, body: object): Promise<void> {
    await until(`${css} ${text}: ${path}`, async () => {
      const element = await this.find(css, text)
      try {
        if (!(await this.standsStill(element))) return null
        await this.ask('POST', `${this.session}/element/${element[ELEMENT]}/${path}`, body)
        return true
      } catch (cause) {
        if (cause instanceof Refused && PASSING.includes(cause.code)) return null
        throw cause
      }
    })
  }

  async click(css: string, text = ''): Promise<void> {
    await this.reach(css, text, 'click', {})
  }

  async type(css: string, text: string): Promise<void> {
    await this.reach(css, '', 'value', { text })
  }

  /** Pastes a text: the web driver types no character that the display's keyboard lacks. */
  async paste(css: string, text: string): Promise<void> {
    await this.click(css)
    await this.run(`document.execCommand('insertText', false, arguments[0])`, text)
  }

  /** Chooses a file in an input, which need not be shown. */
  async choose(css: string, file: string): Promise<void> {
    const input = await until(css, () => this.run<Element | null>('return document.querySelector(arguments[0])', css))
    await this.ask('POST', `${this.session}/element/${input[ELEMENT]}/value`, { text: file })
  }

  /** Moves a pressed pointer over a series of places of the window. */
  async draw(points: Array<{ x: number; y: number }>): Promise<void> {
    const move = ({ x, y }: { x: number; y: number }): object => ({
      type: 'pointerMove',
      duration: 10,
      origin: 'viewport',
      x: Math.round(x),
      y: Math.round(y),
    })
    const [first, ...rest] = points
    if (!first) return
    const button = (type: string): object => ({ type, button: 0 })
    const actions = [move(first), button('pointerDown'), ...rest.map(move), button('pointerUp')]
    const pointer = { type: 'pointer', id: 'hand', parameters: { pointerType: 'mouse' }, actions }
    await this.ask('POST', `${this.session}/actions`, { actions: [pointer] })
  }

  /** What the window shows, as PNG, once the page has drawn what it holds now. */
  async picture(): Promise<Buffer> {
    const drawn = 'const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => done(null)))'
    await this.ask('POST', `${this.session}/execute/async`, { script: drawn, args: [] })
    return Buffer.from(await this.ask<string>('GET', `${this.session}/screenshot`), 'base64')
  }

  /** Closes the window, and ends what was started here. */
  async end(): Promise<void> {
    if (this.session) await this.ask('DELETE', this.session).catch(() => undefined)
    for (const child of this.children) {
      if (child.exitCode !== null || child.pid === undefined) continue
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    }
  }
}
