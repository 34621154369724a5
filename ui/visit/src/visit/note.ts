/** What the door takes as a note: bytes of UTF-8, see `Prose` of `hudang-door`. */
const BYTES_MAX = 8 << 10
/** A Chinese letter in UTF-8: people count letters, the door bytes. */
const LETTER_BYTES = 3

/** How many Chinese letters a note may have. */
export const LETTERS_MAX = Math.floor(BYTES_MAX / LETTER_BYTES)

/** How much of that a note takes as it is kept; letters and digits of other scripts take less than one each. */
export function lettersOf(text: string): number {
  return Math.ceil(new TextEncoder().encode(text.trim()).length / LETTER_BYTES)
}

/** Whether something would be lost if the page were left now. */
export function isUnkept(text: string): boolean {
  return text.trim() !== ''
}
