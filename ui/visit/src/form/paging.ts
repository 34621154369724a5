import { computed, nextTick, ref, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate, useRoute, useRouter, type LocationQuery } from 'vue-router'
import { look } from '../me/look'
import { pagesShown, type FormModel } from './model'

/** Which page of the questionnaire is on the screen, and the ways between pages. */
export interface Paging {
  /** The pages on which something is asked. */
  shown: ComputedRef<number[]>
  page: ComputedRef<number>
  /** The instance that is open. */
  opened: Ref<string | null>
  /** Shows a page, and of it a question. */
  show(page: number, at: string | null, how: 'push' | 'replace'): Promise<void>
  /** Somebody is at this question. */
  mark(key: string): void
}

/** How somebody left a page. */
interface Left {
  top: number
  opened: string | null
}

/**
 * Keeps the page in the address. A page that is turned to gets an entry of its own, so that the way back of the phone
 * leads to the page before, as it was left; where somebody is on a page changes only its entry. `leave` is done before
 * another page is shown, also by the way back, and before another screen is.
 */
export function usePaging(model: ShallowRef<FormModel | null>, leave: () => Promise<void>): Paging {
  const route = useRoute()
  const router = useRouter()
  const opened = ref<string | null>(null)
  const shown = computed(() => (model.value ? pagesShown(model.value) : []))
  const page = computed(() => pageIn(route.query))
  const left = new Map<number, Left>()
  let how: 'history' | 'push' | 'replace' = 'history'

  function pageIn(query: LocationQuery): number {
    const asked = Number(query['page'] ?? NaN)
    return shown.value.includes(asked) ? asked : (shown.value[0] ?? 0)
  }

  onBeforeRouteUpdate(async (to) => {
    if (look.formAsList || how === 'replace' || pageIn(to.query) === page.value) return
    await leave()
    left.set(page.value, { top: document.querySelector('main')?.scrollTop ?? 0, opened: opened.value })
  })
  // Who does not want to wait until it is open goes at once.
  onBeforeRouteLeave(() => (model.value === null ? undefined : leave()))

  // At once, as it has to be known who turned the page.
  watch(
    page,
    (to) => {
      if (look.formAsList || how === 'replace') return
      const before = how === 'history' ? left.get(to) : undefined
      opened.value = before?.opened ?? null
      void nextTick(() => document.querySelector('main')?.scrollTo(0, before?.top ?? 0))
    },
    { flush: 'sync' },
  )

  return {
    shown,
    page,
    opened,
    async show(number, at, wanted) {
      const query = at === null ? { page: number } : { page: number, at }
      how = look.formAsList || number === page.value ? 'replace' : wanted
      await router[how]({ query })
      how = 'history'
    },
    mark(key) {
      if (route.query['at'] !== key) void router.replace({ query: { page: page.value, at: key } })
    },
  }
}
