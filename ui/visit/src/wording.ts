import { wordingOf, type Language, type Wording } from '@hudang/shared/wording'
import { computed, ref, type ComputedRef } from 'vue'

/** The language of the screens; the door's messages follow it. */
export const language = ref<Language>('zh-CN')

const texts = computed<Wording>(() => wordingOf(language.value))

/** The texts of the language that is chosen. */
export function useWording(): ComputedRef<Wording> {
  return texts
}
