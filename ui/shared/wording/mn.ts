import type { Wording } from './zh-CN'

/** Some of the texts of a language: what is not here is read in Chinese. */
export type Partly<T> = {
  [K in keyof T]?: T[K] extends (...args: never[]) => string ? T[K] : T[K] extends string ? string : Partly<T[K]>
}

/**
 * Texts in Mongolian, in the traditional script.
 *
 * Not reviewed by a speaker. Only words whose sense is plain are here; whole sentences, above all those that somebody
 * signs or agrees to, stay Chinese until a speaker has written them.
 */
export const mn: Partly<Wording> = {
  back: 'ᠪᠤᠴᠠᠬᠤ',
  close: 'ᠬᠠᠭᠠᠬᠤ',
  cancel: 'ᠪᠣᠯᠢᠬᠤ',
  search: 'ᠬᠠᠢᠬᠤ',
  yes: 'ᠲᠡᠢᠮᠦ',
  no: 'ᠦᠭᠡᠢ',
  today: { title: 'ᠥᠨᠥᠳᠦᠷ', me: 'ᠪᠢ' },
  map: { title: 'ᠭᠠᠵᠠᠷ ᠤᠨ ᠵᠢᠷᠤᠭ' },
  form: { title: 'ᠠᠰᠠᠭᠤᠯᠲᠠ' },
  recording: { title: 'ᠳᠠᠭᠤ' },
  place: { title: 'ᠪᠠᠢᠷᠢ' },
  me: { title: 'ᠪᠢ', language: 'ᠬᠡᠯᠡ' },
}
