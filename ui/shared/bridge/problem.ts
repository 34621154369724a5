import type { DoorError, Remedy } from '../generated/types'

/** A command that was not done: a stable code, and a sentence in the screen's language that says what to do. */
export class Problem extends Error {
  readonly code: string
  /** Where a button may lead. */
  readonly action: Remedy | null
  /** After how many milliseconds it may be tried again. */
  readonly waitMs: number
  /** Whose PIN or key it is about, where several gave one. */
  readonly person: string | null

  constructor(error: Pick<DoorError, 'code' | 'message'> & Partial<DoorError>) {
    super(error.message)
    this.name = 'Problem'
    this.code = error.code
    this.action = error.action ?? null
    this.waitMs = error.wait_ms ?? 0
    this.person = error.person ?? null
  }
}

/** The code of a door that does not answer at all; its sentence stands in the wording files. */
export const UNREACHABLE = 'SCREEN-UNREACHABLE'

/** The door did not answer, or not in its own words. */
export function unreachable(): Problem {
  return new Problem({ code: UNREACHABLE, message: '' })
}
