import { command, onLocked, type Start } from '@hudang/shared/bridge'
import type { Language } from '@hudang/shared/wording'
import { reactive } from 'vue'

interface Session {
  /** What the first screen needs; null until the door has said it. */
  start: Start | null
  /** The PIN is asked for above whatever is on the screen. */
  asking: boolean
  /** Whose PIN it is that is wanted; null where anybody's will do. */
  wanted: string | null
  /** Grows when another person acts: screens of the one before are thrown away. */
  generation: number
}

/** Who is on this phone and who acts. */
export const session = reactive<Session>({ start: null, asking: false, wanted: null, generation: 0 })

let waiting: Array<() => void> = []

onLocked(() => {
  session.asking = true
  return new Promise((resolve) => waiting.push(resolve))
})

/** Asks the door who is on this phone, and lets it speak the phone's language. */
export async function loadSession(language: Language): Promise<Start> {
  let start = await command('start', {})
  if (start.language !== language) start = await command('language', { language })
  session.start = start
  session.asking = start.acting === null && start.people.length > 0
  return start
}

/** What the roster calls a person; the id where it has no name. */
export function personName(person: string): string {
  return session.start?.names[person] ?? person
}

/** Opens the session; whatever waited for the PIN goes on. */
export async function unlock(person: string, pin: string): Promise<void> {
  const before = lastActing
  take(await command('unlock', { person, pin }))
  if (before !== null && before !== person) session.generation += 1
}

/** The same where everything is another's from now on: the screens of before are thrown away. */
export function takeAnew(start: Start): void {
  session.generation += 1
  take(start)
}

/** Takes the door's word on who acts now. */
export function take(start: Start): void {
  session.start = start
  if (start.acting === null) return
  lastActing = start.acting
  Object.assign(session, { asking: false, wanted: null })
  const resumed = waiting
  waiting = []
  for (const resume of resumed) resume()
}

/** Asks for somebody's PIN, to act as that person from then on. */
export function askFor(person: string | null): void {
  Object.assign(session, { asking: true, wanted: person })
}

/** Locks the session and asks for the PIN. */
export async function lock(): Promise<void> {
  session.start = await command('lock', {})
  session.asking = true
}

let lastActing: string | null = null
