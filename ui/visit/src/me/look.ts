import type { Language } from '@hudang/shared/wording'
import { reactive, watch } from 'vue'

/** How large text is. */
export type TextSize = 'normal' | 'large' | 'largest'

/** How the screens look and speak: of this phone, not of a person. */
interface Look {
  language: Language
  textSize: TextSize
  highContrast: boolean
  recordingsOverWifiOnly: boolean
  /** Questionnaires come as one long list instead of page by page. */
  formAsList: boolean
}

const KEY = 'hudang.look'
const SCALE: Record<TextSize, string> = { normal: '100%', large: '140%', largest: '200%' }

/** The choices of this phone. */
export const look = reactive<Look>(read())

function read(): Look {
  const fallback: Look = {
    language: 'zh-CN',
    textSize: 'normal',
    highContrast: false,
    recordingsOverWifiOnly: true,
    formAsList: false,
  }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof kept === 'object' && kept !== null ? { ...fallback, ...kept } : fallback
  } catch {
    return fallback
  }
}

/** Lets the page follow the choices, now and when they change. */
export function applyLook(): void {
  watch(
    look,
    () => {
      const root = document.documentElement
      root.style.fontSize = SCALE[look.textSize] ?? SCALE.normal
      root.dataset['contrast'] = look.highContrast ? 'high' : 'normal'
      try {
        localStorage.setItem(KEY, JSON.stringify(look))
      } catch {
        // The choice then holds until the app is closed.
      }
    },
    { immediate: true },
  )
}
