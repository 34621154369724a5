/**
 * The only way from a screen to the Rust door. Nothing else calls Tauri or fetch.
 *
 * A command that meets a locked session waits for the PIN and is then sent again, so that what was typed at the moment
 * of locking is not lost.
 */
import type { CarryingName, CommandName, Commands } from '../generated/commands'
import { http } from './http'
import { Problem } from './problem'
import { tauri } from './tauri'
import type { Transport } from './transport'

export { Problem, UNREACHABLE } from './problem'
export type * from '../generated/types'
export type { CommandName, Commands } from '../generated/commands'

type Args<N extends CommandName> = Commands[N]['args']
type Reply<N extends CommandName> = Commands[N]['reply']

const transport: Transport = '__TAURI_INTERNALS__' in globalThis ? tauri : http

/** What to do when the session is locked: resolves once somebody has given the PIN. */
let whenLocked: (() => Promise<void>) | null = null
const LOCKED = 'DOOR-LOCKED'

/** Registers who asks for the PIN. */
export function onLocked(ask: () => Promise<void>): void {
  whenLocked = ask
}

/** What is asked before each command is sent; it throws where the command may not be. */
let mayBeSent: ((args: unknown) => void) | null = null

/** Registers what refuses commands, by throwing a problem. */
export function beforeCommand(check: (args: unknown) => void): void {
  mayBeSent = check
}

/** Calls a command of the door. */
export async function command<N extends Exclude<CommandName, CarryingName>>(name: N, args: Args<N>): Promise<Reply<N>> {
  return call(name, args)
}

/** Calls a command that carries an original as its body. */
export async function commandWithBytes<N extends CarryingName>(name: N, args: Args<N>, bytes: Blob): Promise<Reply<N>> {
  return call(name, args, bytes)
}

async function call<N extends CommandName>(name: N, args: Args<N>, bytes?: Blob): Promise<Reply<N>> {
  for (;;) {
    mayBeSent?.(args)
    try {
      return (await transport.call(name, args, bytes)) as Reply<N>
    } catch (cause) {
      if (!(cause instanceof Problem && cause.code === LOCKED && whenLocked)) throw cause
      await whenLocked()
    }
  }
}

/** Where the bytes of an original are, for an element's `src`. */
export const blobAddress = (hash: string): string => transport.blobAddress(hash)

/** Where a small picture of a photo is, for an element's `src`. */
export const thumbnailAddress = (hash: string, edge: number): string => transport.thumbnailAddress(hash, edge)

/** Where the portrait of a person on this phone is, for an element's `src`; another portrait has another address. */
export const portraitAddress = (person: string, portrait: string): string => `${transport.portraitAddress(person)}?of=${portrait}`
