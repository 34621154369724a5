import { beforeCommand, Problem } from '@hudang/shared/bridge'
import { reactive, watch } from 'vue'
import { recorder, stopRecording } from '../capture/recorder'
import { useWording } from '../wording'
import { askOf, type Claim, type Turn } from './turn'

interface Holding {
  /** The visit whose screens are open in this window; null where none is. */
  visit: string | null
  turn: Turn | 'asking'
  /** Whether this window had it before: its screen is still there, with what was typed. */
  hadIt: boolean
  /** Grows each time the visit comes back to this window: what is shown of it is old then. */
  returns: number
}

/** The visit of this window, and whether it is this window's turn. */
export const holding = reactive<Holding>({ visit: null, turn: 'asking', hadIt: false, returns: 0 })

const wording = useWording()
let claim: Claim | null = null
let isShown = false

/**
 * Somebody goes to a screen of this visit, or of none; resolves when it is known whether another window has it. A visit
 * that is being recorded stays with the window whose microphone runs.
 */
export function hold(shown: string | null): Promise<void> {
  const visit = shown ?? recorder.visit
  isShown = shown !== null
  if (!isShown && holding.turn === 'elsewhere') holding.hadIt = false
  if (visit === holding.visit) return Promise.resolve()
  claim?.leave()
  claim = null
  Object.assign(holding, { visit, turn: 'asking', hadIt: false })
  if (visit === null) return Promise.resolve()
  return new Promise((resolve) => {
    claim = askOf()(visit, (turn) => {
      if (holding.visit === visit) told(turn)
      resolve()
    })
  })
}

/** Goes on in this window; the one that has the visit is told. */
export function takeOver(): void {
  claim?.take()
}

/** Shows anew what another window may have changed, each time the visit comes back to this one. */
export function onReturn(load: () => unknown): void {
  watch(
    () => holding.returns,
    () => void load(),
  )
}

function told(turn: Turn): void {
  if (turn === 'mine' && holding.hadIt) holding.returns += 1
  Object.assign(holding, { turn, hadIt: turn === 'mine' || (holding.hadIt && isShown) })
  // Nobody sees here that it runs: it is kept as it is, and the other window can begin another.
  if (turn === 'elsewhere' && recorder.visit === holding.visit) void stopRecording().catch(() => undefined)
}

// A screen that is only hidden may still have something to say, such as a field that loses the focus.
beforeCommand((args) => {
  const isOfVisit = typeof args === 'object' && args !== null && 'visit' in args && args.visit === holding.visit
  if (isOfVisit && holding.visit !== null && holding.turn === 'elsewhere')
    throw new Problem({ code: 'SCREEN-ELSEWHERE', message: wording.value.elsewhere.lost })
})
