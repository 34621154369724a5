import { ref } from 'vue'

type Pinyin = (text: string) => string[]

/** The dictionary, once somebody searches: it is larger than all the rest of the app, and the first screen waits for none. */
const syllablesOf = ref<Pinyin | null>(null)
let loading: Promise<void> | null = null

/** Loads the dictionary; a search that was begun without it is then worked out again. */
export function loadPinyin(): Promise<void> {
  loading ??= import('pinyin-pro').then(({ pinyin }) => {
    syllablesOf.value = (text) => pinyin(text, { toneType: 'none', type: 'array', v: true })
  })
  return loading
}

/** Everything by which a text may be found: itself and, once the dictionary is there, its pinyin and initials. */
export function haystackOf(texts: Array<string | null>): string {
  const found: string[] = []
  for (const text of texts) {
    if (text === null || text === '') continue
    found.push(text)
    if (syllablesOf.value === null || !/\p{Script=Han}/u.test(text)) continue
    const syllables = syllablesOf.value(text)
    found.push(syllables.join(''), syllables.map((syllable) => syllable.charAt(0)).join(''))
  }
  return found.join('\n').toLowerCase()
}
