import { wordingOf, type Wording } from '@hudang/shared/wording'
import { computed, type ComputedRef } from 'vue'
import { look } from './me/look'

const texts = computed<Wording>(() => wordingOf(look.language))

/** The texts of the language that this phone speaks; the door's messages and the form's questions follow it. */
export function useWording(): ComputedRef<Wording> {
  return texts
}
