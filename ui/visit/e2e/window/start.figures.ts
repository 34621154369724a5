import { expect, test } from 'vitest'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Field, ROOT } from '../field'
import { Driver, until } from './driver'

/** How often each window is opened; the two take turns, so that neither has the warmer machine. */
const ROUNDS = 7
const HOUSEHOLDS = 2_000
/** What comes to rest after a screen has been drawn. */
const REST_MS = 3_000

interface Seen {
  /** From the program's start to where somebody can do something, in milliseconds. */
  startMs: number
  /** Of the program and the processes of its web view, in MiB. */
  rssMiB: number
  pssMiB: number
}

const program = (name: string): string => {
  const place = process.env[name]
  if (place === undefined) throw new Error(`${name} is not set; these figures are asked for by: cargo xtask bench window`)
  return place
}

/** Every process that a program's window consists of: itself and what it has started. */
function family(binary: string): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const parents = new Map<number, number>()
  let first: number | null = null
  for (const id of all) {
    try {
      parents.set(Number(id), Number(readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]))
      if (readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')[0] === binary) first = Number(id)
    } catch {
      // It has ended meanwhile.
    }
  }
  if (first === null) throw new Error(`${binary} does not run`)
  const found = [first]
  for (const id of found) for (const [child, parent] of parents) if (parent === id) found.push(child)
  return found
}

function startedMs(id: number): number {
  const ticks = Number(readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ')[19])
  const perSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  const [upSeconds] = readFileSync('/proc/uptime', 'utf8').split(' ')
  return Date.now() - (Number(upSeconds) - ticks / perSecond) * 1_000
}

function memory(ids: number[]): Pick<Seen, 'rssMiB' | 'pssMiB'> {
  const sum = (name: string): number =>
    ids
      .map((id) => readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))
      .map((told) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(told)?.[1] ?? 0))
      .reduce((all, one) => all + one, 0) / 1024
  return { rssMiB: sum('Rss'), pssMiB: sum('Pss') }
}

async function open(binary: string, args: string[], home: string, goOn: (driver: Driver) => Promise<void>): Promise<Seen> {
  const environment = { HOME: home, XDG_DATA_HOME: path.join(home, 'data'), XDG_CACHE_HOME: path.join(home, 'cache') }
  const driver = await Driver.start(binary, args, environment)
  try {
    const marked = await until('the first screen', () =>
      driver.run<number | null>(`const [mark] = performance.getEntriesByName('interactive')
        return mark ? performance.timeOrigin + mark.startTime : null`),
    )
    const ids = family(binary)
    const startMs = marked - startedMs(ids[0] ?? 0)
    await goOn(driver)
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    return { startMs, ...memory(family(binary)) }
  } finally {
    await driver.end()
  }
}

function middle(all: Seen[]): Seen {
  const of = (key: keyof Seen): number => {
    const sorted = all.map((one) => one[key]).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? NaN
  }
  return { startMs: of('startMs'), rssMiB: of('rssMiB'), pssMiB: of('pssMiB') }
}

test('the start and the memory of the window, beside those of an empty one', async () => {
  const field = await Field.begin('figures', HOUSEHOLDS)
  try {
    // A store is one program's at a time.
    await field.kill()
    const home = path.join(ROOT, 'target/screens-figures/home')
    mkdirSync(home, { recursive: true })
    const [app, empty]: [Seen[], Seen[]] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      empty.push(await open(program('HUDANG_EMPTY'), [], home, async () => undefined))
      const unlock = async (driver: Driver): Promise<void> => {
        await driver.type('#pin', field.told.pin)
        await driver.click('.frame-action .button.primary', '解锁')
        await driver.find('main .line', '户-001')
      }
      app.push(await open(program('HUDANG_APP'), ['--store', field.told.store], home, unlock))
    }
    writeFileSync(program('HUDANG_FIGURES'), JSON.stringify({ app: middle(app), empty: middle(empty) }))
    expect(app).toHaveLength(ROUNDS)
  } finally {
    await field.end()
  }
})
