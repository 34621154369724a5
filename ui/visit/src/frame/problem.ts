import { Problem, UNREACHABLE, type Remedy } from '@hudang/shared/bridge'
import { ref, type Ref } from 'vue'
import { useWording } from '../wording'

/** A problem as a screen shows it. */
export interface Shown {
  code: string
  text: string
  action: Remedy | null
  /** Whose PIN or key it is about, where several gave one. */
  person: string | null
  /** Does once more what failed, where that changes nothing but what is shown. */
  again: (() => void) | null
}

/** What went wrong last on a screen, and a way to run things so that it is shown. */
export interface Trouble {
  problem: Ref<Shown | null>
  busy: Ref<boolean>
  attempt<T>(work: () => Promise<T>): Promise<T | undefined>
  /** The same for what only reads: the problem offers to do it once more. */
  read<T>(work: () => Promise<T>): Promise<T | undefined>
}

/** Runs commands of a screen: nothing is lost when one fails, and the reason stands on the screen. */
export function useTrouble(): Trouble {
  const wording = useWording()
  const problem = ref<Shown | null>(null)
  const busy = ref(false)
  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    busy.value = true
    try {
      const result = await work()
      problem.value = null
      return result
    } catch (cause) {
      problem.value = shown(cause, wording.value.unreachable)
      return undefined
    } finally {
      busy.value = false
    }
  }
  async function read<T>(work: () => Promise<T>): Promise<T | undefined> {
    const result = await attempt(work)
    if (problem.value !== null) problem.value = { ...problem.value, again: () => void read(work) }
    return result
  }
  return { problem, busy, attempt, read }
}

/** A problem in words; a fault of the screen itself is told as a door that does not answer. */
export function shown(cause: unknown, unreachable: string): Shown {
  if (!(cause instanceof Problem)) console.error(cause)
  if (!(cause instanceof Problem) || cause.code === UNREACHABLE) {
    return { code: UNREACHABLE, text: unreachable, action: null, person: null, again: null }
  }
  return { code: cause.code, text: cause.message, action: cause.action, person: cause.person, again: null }
}
