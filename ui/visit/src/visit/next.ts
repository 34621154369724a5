import type { VisitView } from '@hudang/shared/bridge'
import type { Wording } from '@hudang/shared/wording'
import type { RouteLocationRaw } from 'vue-router'
import { recorder } from '../capture/recorder'
import { wantedOf, type Wanted } from './needs'

/** Whether this line is the recording that runs: it needs no next step, and goes on beside all others. */
export function isRecorded(view: VisitView, line: Wanted): boolean {
  return recorder.visit === view.visit && line.key === keyOf(view, 'recording')
}

/** The first line that is missing, in the order in which a visit goes. */
export function nextOf(view: VisitView, lines: Wanted[]): Wanted | null {
  const open = lines.filter((line) => line.state === 'missing' && !isRecorded(view, line))
  return open.find((line) => !awaitsTrace(view, line)) ?? open[0] ?? null
}

/** Where a step that is done leads: to the next one that is missing, or to the visit where there is none. */
export function placeAfter(view: VisitView, t: Wording): RouteLocationRaw {
  return nextOf(view, wantedOf(view, t))?.to ?? { name: 'visit', params: { visit: view.visit } }
}

/** Whoever takes part has still to leave an own trace: that comes with the other lines, and is the next step once they are done. */
function awaitsTrace(view: VisitView, line: Wanted): boolean {
  const need = view.needs.find((one) => one.kind === 'investigators')
  return need !== undefined && line.key === keyOf(view, 'investigators') && view.present.length >= need.need
}

function keyOf(view: VisitView, kind: 'recording' | 'investigators'): string | null {
  const need = view.needs.find((one) => one.kind === kind)
  return need ? need.requirement + need.subject : null
}
