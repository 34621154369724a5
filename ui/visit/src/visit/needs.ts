import type { CommentView, Lack, Need, VisitView } from '@hudang/shared/bridge'
import type { RouteLocationRaw } from 'vue-router'
import type { Wording } from '@hudang/shared/wording'
import { lengthOf, metresOf } from '../frame/format'

/** One line of the visit: what is wanted, how it stands, and where it is done. */
export interface Wanted {
  key: string
  what: string
  how: string
  /** `none` of what is neither wanted nor done. */
  state: 'met' | 'missing' | 'waived' | 'none'
  to: RouteLocationRaw
  message: string | null
  /** Why what is there does not suffice; absent where nothing is there, or all is well. */
  why: string | null
  /** The codes of the requirements that it stands for; `question:` for all questions. */
  requirements: string[]
}

/** What the standard wants of a visit, in the order in which a visit goes. */
export function wantedOf(view: VisitView, t: Wording): Wanted[] {
  const lines: Wanted[] = [outcomeLine(view, t)]
  const consents = view.needs.filter((need) => need.kind === 'consent')
  lines.push(...byKind(view, t, 'investigators'))
  if (consents.length > 0) lines.push(consentLine(view, t, consents))
  lines.push(...byKind(view, t, 'recording'), ...byKind(view, t, 'position'), ...byKind(view, t, 'attempts'))
  lines.push(...byKind(view, t, 'photo'))
  if (isAsked(view)) lines.push(formLine(view, t))
  lines.push(...byKind(view, t, 'signature'))
  lines.push(...otherLines(view, lines))
  return lines
}

/** The office's comments on one line, where it sent the visit back. */
export function commentsOn(view: VisitView, line: Wanted): CommentView[] {
  const isAbout = (requirement: string): boolean =>
    line.requirements.some((one) => one === requirement || (one === 'question:' && requirement.startsWith(one)))
  return view.returned?.comments.filter((comment) => isAbout(comment.requirement)) ?? []
}

/** The office's comments that are on none of the lines: those on the whole visit. */
export function commentsOnAll(view: VisitView, lines: Wanted[]): CommentView[] {
  const placed = new Set(lines.flatMap((line) => commentsOn(view, line)))
  return view.returned?.comments.filter((comment) => !placed.has(comment)) ?? []
}

/** Where a need is met. */
export function placeOf(visit: string, need: Need): RouteLocationRaw {
  const { kind, subject } = need
  switch (kind) {
    case 'investigators':
      return { name: 'people', params: { visit } }
    case 'question':
      return { name: 'form', params: { visit } }
    case 'photo':
    case 'attempts':
      return { name: 'photos', params: { visit, purpose: subject } }
    case 'recording':
      return { name: 'recording', params: { visit } }
    case 'signature':
      return { name: 'signature', params: { visit, role: subject } }
    case 'consent':
      return { name: 'consent', params: { visit } }
    case 'position':
      return { name: 'place', params: { visit } }
  }
}

/** What a need is called. */
export function nameOf(need: Need, t: Wording): string {
  switch (need.kind) {
    case 'investigators':
      return t.need.investigators
    case 'question':
      return need.label
    case 'photo':
      return t.need.photo(need.label)
    case 'recording':
      return t.need.recording
    case 'signature':
      return t.need.signature(t.role[need.subject as keyof Wording['role']] ?? need.label)
    case 'consent':
      return t.consentTo[need.subject as keyof Wording['consentTo']] ?? need.label
    case 'position':
      return t.need.position
    case 'attempts':
      return t.need.attempts
  }
}

function byKind(view: VisitView, t: Wording, kind: Need['kind']): Wanted[] {
  return view.needs.filter((need) => need.kind === kind).map((need) => lineOf(view, t, need))
}

function lineOf(view: VisitView, t: Wording, need: Need): Wanted {
  return {
    key: need.requirement + need.subject,
    what: nameOf(need, t),
    how: howMuch(view, t, need),
    state: need.state,
    to: placeOf(view.visit, need),
    message: need.message,
    why: need.why,
    requirements: [need.requirement],
  }
}

function howMuch(view: VisitView, t: Wording, need: Need): string {
  if (need.state === 'waived') return t.state.waived
  switch (need.kind) {
    case 'recording':
      return `${lengthOf(need.have * 1000)} / ${lengthOf(need.need * 1000)}`
    case 'position': {
      const best = view.positions.filter((one) => !one.withdrawn).at(-1)
      return best === undefined ? t.visit.notYet : t.place.accuracy(metresOf(best.accuracy_cm))
    }
    default:
      return t.visit.have(need.have, need.need)
  }
}

function outcomeLine(view: VisitView, t: Wording): Wanted {
  return {
    key: 'outcome',
    what: t.need.outcome,
    how: view.outcome === null ? t.visit.notYet : t.outcome[view.outcome],
    state: view.outcome === null ? 'missing' : 'met',
    to: { name: 'outcome', params: { visit: view.visit } },
    message: null,
    why: null,
    requirements: ['outcome'],
  }
}

function consentLine(view: VisitView, t: Wording, consents: Need[]): Wanted {
  const met = consents.filter((need) => need.state !== 'missing').length
  return {
    key: 'consent',
    what: t.need.consent,
    how: t.visit.have(met, consents.length),
    state: met === consents.length ? 'met' : 'missing',
    to: { name: 'consent', params: { visit: view.visit } },
    message: consents.find((need) => need.state === 'missing')?.message ?? null,
    why: consents.find((need) => need.why !== null)?.why ?? null,
    requirements: consents.map((need) => need.requirement),
  }
}

/** Whether something that is missing is about the form or one of its questions. */
const isOfForm = ({ requirement }: Lack): boolean => /^(form|question):/.test(requirement)

/** Whether the form is part of the visit: where nobody was there to be asked, nothing in it is required. */
function isAsked(view: VisitView): boolean {
  const isWanted = view.needs.some((need) => need.kind === 'question') || view.lacks.some(isOfForm)
  return view.outcome === null || view.outcome === 'done' || view.is_answered || view.progress.unfit > 0 || isWanted
}

/** The form is wanted as long as the assessment finds something of it; before the outcome is chosen, of a finished visit. */
function formLine(view: VisitView, t: Wording): Wanted {
  const { answered, asked, stage, unfit, first_wanting: first } = view.progress
  const lacks = view.lacks.filter(isOfForm)
  const at = first ?? lacks.find((lack) => lack.key !== null)?.key ?? null
  return {
    key: 'form',
    what: t.need.form,
    how: stage === 'begun' ? `${answered}/${asked}` : t.form.stage[stage],
    state: lacks.length > 0 ? 'missing' : stage === 'nothing_asked' ? 'none' : 'met',
    to: { name: 'form', params: { visit: view.visit }, query: at !== null && (answered > 0 || unfit > 0) ? { at } : {} },
    message: lacks[0]?.message ?? null,
    why: answered > 0 || unfit > 0 ? (lacks[0]?.message ?? null) : null,
    requirements: ['question:'],
  }
}

/** What the assessment finds missing and no line above stands for: it is told in its own words, so that nothing hides. */
function otherLines(view: VisitView, lines: Wanted[]): Wanted[] {
  const placed = new Set(lines.flatMap((line) => line.requirements))
  const others = view.lacks.filter((lack) => !isOfForm(lack) && !placed.has(lack.requirement))
  return others.map((lack) => ({
    key: lack.code + lack.requirement,
    what: lack.message,
    how: '',
    state: 'missing',
    to: { name: lack.code === 'ASSESS-OUTCOME' ? 'outcome' : 'people', params: { visit: view.visit } },
    message: lack.message,
    why: null,
    requirements: [lack.requirement],
  }))
}
