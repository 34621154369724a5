import type { DoorError } from '../generated/types'

/** One way to the Rust door: inside the Tauri window, or over HTTP. */
export interface Transport {
  /** Calls a command; `bytes` is the body of those that carry an original. */
  call(name: string, args: unknown, bytes?: Blob): Promise<unknown>
  /** Where the bytes of an original are. */
  blobAddress(hash: string): string
  /** Where a small picture of a photo is. */
  thumbnailAddress(hash: string, edge: number): string
  /** Where the portrait of a person on this phone is. */
  portraitAddress(person: string): string
}

/** Whether an unknown value is an error of the door. */
export function isDoorError(value: unknown): value is DoorError {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as DoorError).code === 'string' &&
    typeof (value as DoorError).message === 'string'
  )
}
