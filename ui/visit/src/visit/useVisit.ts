import { command, type VisitView } from '@hudang/shared/bridge'
import { onMounted, shallowRef, type ShallowRef } from 'vue'
import { useTrouble, type Trouble } from '../frame/problem'
import { onReturn } from './holding'

/** A visit as the door shows it, and what went wrong last. */
export interface UsedVisit extends Trouble {
  view: ShallowRef<VisitView | null>
  load(): Promise<void>
  /** Does something to the visit and shows it again; true when it was done. */
  act(work: () => Promise<unknown>): Promise<boolean>
}

/** Loads a visit for a screen. */
export function useVisit(visit: string): UsedVisit {
  const trouble = useTrouble()
  const view = shallowRef<VisitView | null>(null)
  const read = async (): Promise<void> => {
    view.value = await command('visit', { visit })
  }
  onMounted(() => trouble.read(read))
  onReturn(() => trouble.read(read))
  return {
    ...trouble,
    view,
    async load() {
      await trouble.read(read)
    },
    async act(work) {
      const done = await trouble.attempt(async () => {
        await work()
        await read()
        return true
      })
      return done === true
    },
  }
}
