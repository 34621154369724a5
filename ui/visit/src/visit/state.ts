import type { Sealing, VisitState } from '@hudang/shared/bridge'
import type { Wording } from '@hudang/shared/wording'
import { personName } from '../session/session'

/** How far a visit is, in words; of a seal that is not everybody's, whose turn it is. */
export function stateOf({ state, sealing }: { state: VisitState; sealing: Sealing }, t: Wording): string {
  if (state !== 'half_sealed') return t.visitState[state]
  const { awaited, taking_part: all } = sealing
  return t.visit.awaits(awaited.map(personName).join('、'), t.visit.have(all - awaited.length, all))
}
