import type { ChoiceView } from '@hudang/shared/bridge'
import { haystackOf } from '../../frame/pinyin'

/** Up to so many choices stand on the page; more are chosen from a list with a search. */
export const IN_PLACE_MAX = 8

/** The names that a value holds. */
export function namesOf(value: string): string[] {
  return value.split(' ').filter((name) => name !== '')
}

/** The value after a choice was touched. The names stay in the form's order, so that one set has one text. */
export function toggled(value: string, name: string, choices: ChoiceView[], isRank: boolean): string {
  const names = new Set(namesOf(value))
  if (!names.delete(name)) names.add(name)
  if (isRank) return [...names].join(' ')
  return choices
    .map((choice) => choice.value)
    .filter((one) => names.has(one))
    .join(' ')
}

/** Whether choices are so short that they stand beside each other on the smallest phone. */
export function areShort(choices: ChoiceView[]): boolean {
  const letters = choices.map((choice) => [...choice.label].length)
  return choices.length <= 3 && letters.reduce((sum, n) => sum + n, 0) <= 8
}

/** The choices that a search finds, also by pinyin and its initials. */
export function found(choices: ChoiceView[], search: string): ChoiceView[] {
  const word = search.trim().toLowerCase()
  return word === '' ? choices : choices.filter((choice) => haystackOf([choice.label, choice.value]).includes(word))
}
