import { spawn, execFileSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

/** The project's root. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What `hudang-demo screens --json` says of the field it has set up: all of it runs for real. */
export interface Told {
  url: string
  pin: string
  people: string[]
  names: string[]
  third: string
  invitation: string
  folder: string
  program: string
  store: string
  server: string
  server_id: number
  tls_fingerprint: string
  token: string
  leader_token: string
  contractor_token: string
  phone_id: number
}

/** What tells who asks a server. */
type Desk = Pick<Told, 'program' | 'server' | 'tls_fingerprint' | 'token' | 'leader_token'>

/** The purchaser's leader lets the visits count that two people shared a phone for; how many those were. */
export function decideShared(told: Desk): number {
  const args = ['--server', told.server, '--tls-fingerprint', told.tls_fingerprint, '--json', '--token']
  const listed = ['counts', '--contract', 'HT-2026-001', '--state', 'received', '--reason', 'shared-phone']
  const text = execFileSync(told.program, [...args, told.token, ...listed], { encoding: 'utf8' })
  const visits = new Set([...text.matchAll(/"visit": ?"([0-9A-Z]{26})"/g)].map((found) => found[1] ?? ''))
  const why = ['--reason', 'shared-phone', '--why', '两人共用一部手机，已电话核实']
  for (const visit of visits) execFileSync(told.program, [...args, told.leader_token, 'admin', 'lift', '--visit', visit, ...why])
  return visits.size
}

/** How many visits stand in a state, by a server's word. */
function inState(told: Desk, state: string): number {
  const args = ['--server', told.server, '--tls-fingerprint', told.tls_fingerprint, '--json', '--token']
  const listed = ['counts', '--contract', 'HT-2026-001', '--state', state]
  const text = execFileSync(told.program, [...args, told.token, ...listed], { encoding: 'utf8' })
  return new Set([...text.matchAll(/"visit": ?"([0-9A-Z]{26})"/g)].map((found) => found[1] ?? '')).size
}

/** How an app or a server is started again: nothing of it is the program's own doing. */
export interface Again {
  /** Days by which its clocks are ahead of this machine's, as if so much time had gone by. */
  daysAhead?: number
  /** Free space under which the app refuses photos and recordings. */
  reserveMb?: number
}

/** Debian's library that sets a program's clocks. */
const CLOCKS = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`

/** How many visits a server counts. */
export function countedBy(told: Pick<Told, 'program' | 'server' | 'tls_fingerprint' | 'token'>): number {
  const args = ['--server', told.server, '--tls-fingerprint', told.tls_fingerprint, '--token', told.token]
  const text = execFileSync(told.program, [...args, 'counts', '--contract', 'HT-2026-001', '--json'], { encoding: 'utf8' })
  return (JSON.parse(text) as Array<{ counted: number }>).reduce((sum, area) => sum + area.counted, 0)
}

/** A server, a contract, households, and a phone with two people on it. */
export class Field {
  private reopened: ChildProcess | null = null
  private served: ChildProcess | null = null
  private readonly others: ChildProcess[] = []
  url: string

  private constructor(
    readonly told: Told,
    private readonly demo: ChildProcess,
  ) {
    this.url = told.url
  }

  /** Starts everything in an own folder. */
  static async begin(name: string, households = 30): Promise<Field> {
    const program = process.env['HUDANG_DEMO'] ?? path.join(ROOT, 'target/debug/hudang-demo')
    const folder = path.join(ROOT, 'target', `screens-${name}`)
    const args = ['screens', '--json', '--folder', folder, '--households', String(households)]
    const demo = spawn(program, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })
    return new Field(JSON.parse(await firstLine(demo)) as Told, demo)
  }

  /** Kills the app as a phone does, without a word. */
  async kill(): Promise<void> {
    const id = this.reopened?.pid ?? this.told.phone_id
    process.kill(id, 'SIGKILL')
    await gone(id)
  }

  /** Starts the app again on the same store. */
  async reopen(again: Again = {}): Promise<void> {
    const reserve = again.reserveMb === undefined ? [] : ['--reserve-mb', String(again.reserveMb)]
    const address = new URL(this.told.url).host
    const args = ['phone', '--store', this.told.store, ...reserve, 'serve', '--listen', address, '--json']
    this.reopened = this.start(args, ROOT, again)
    this.url = (JSON.parse(await firstLine(this.reopened)) as { url: string }).url
  }

  /** There is no server any more, as where there is no network. */
  async serverGoes(): Promise<void> {
    const id = this.served?.pid ?? this.told.server_id
    process.kill(id, 'SIGKILL')
    await gone(id)
  }

  /** The same server again, at the same address. */
  async serverComes(again: Again = {}): Promise<void> {
    const args = ['--json', 'serve', 'archive', '--origin', 'hudang/152525', '--listen', new URL(this.told.server).host]
    this.served = this.start([...args, '--log', 'json'], this.told.folder, again)
    await firstLine(this.served)
  }

  private start(args: string[], cwd: string, { daysAhead }: Again): ChildProcess {
    const clocks = daysAhead === undefined ? {} : { LD_PRELOAD: CLOCKS, FAKETIME: `+${daysAhead}d` }
    return spawn(this.told.program, args, { cwd, env: { ...process.env, ...clocks }, stdio: ['pipe', 'pipe', 'ignore'] })
  }

  /** A one-time code of the contractor's office, and where one is named also its picture. */
  invite(person: string, picture?: string): string {
    const { program, server, tls_fingerprint: print, contractor_token: token } = this.told
    const asked = ['--server', server, '--tls-fingerprint', print, '--token', token, '--json']
    const code = ['admin', 'code', '--contract', 'HT-2026-001', '--person', person, ...(picture ? ['--picture', picture] : [])]
    return (JSON.parse(execFileSync(program, [...asked, ...code], { encoding: 'utf8' })) as { invitation: string }).invitation
  }

  /** A phone of its own for a person, who is enrolled there and has today's work. */
  async anotherPhone(person: string): Promise<string> {
    const store = path.join(this.told.folder, `phone-of-${person}`)
    const invitation = `${store}.invitation`
    writeFileSync(invitation, this.invite(person))
    const phone = ['phone', '--store', store]
    const env = { ...process.env, HUDANG_PIN: this.told.pin }
    for (const words of [['init'], ['enrol', '--invitation', invitation], ['sync']])
      execFileSync(this.told.program, [...phone, ...words, '--json'], { cwd: this.told.folder, env })
    const args = [...phone, 'serve', '--ui', path.join(ROOT, 'ui/visit/dist'), '--json']
    const served = spawn(this.told.program, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })
    this.others.push(served)
    return (JSON.parse(await firstLine(served)) as { url: string }).url
  }

  /** The purchaser sends a visit back, with what is to be mended. */
  sendBack(visit: string, comments: string[]): void {
    const { program, server, tls_fingerprint: print, token } = this.told
    const asked = ['--server', server, '--tls-fingerprint', print, '--token', token, '--json']
    const said = comments.flatMap((comment) => ['--comment', comment])
    execFileSync(program, [...asked, 'admin', 'return', visit, ...said], { encoding: 'utf8' })
  }

  /** How many visits the server counts. */
  counted(): number {
    return countedBy(this.told)
  }

  /** How many visits stand in a state. */
  inState(state: string): number {
    return inState(this.told, state)
  }

  /** Ends what was started here. */
  async end(): Promise<void> {
    this.reopened?.kill('SIGTERM')
    this.served?.kill('SIGTERM')
    for (const other of this.others) other.kill('SIGTERM')
    this.demo.stdin?.end()
    if (this.demo.exitCode === null)
      await Promise.race([once(this.demo, 'exit'), new Promise((resolve) => setTimeout(resolve, 5_000))])
  }
}

export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output')
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    // What comes later is not asked for, but must not fill the pipe.
    child.stdout.resume()
    return line
  }
  throw new Error('it ended before it said anything')
}

async function gone(id: number): Promise<void> {
  for (let n = 0; n < 100; n += 1) {
    try {
      process.kill(id, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
