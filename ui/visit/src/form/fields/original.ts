import type { Need, Node, PictureView, VisitView } from '@hudang/shared/bridge'

/** The name under which an original is an answer: its hash and what it is. */
export function answerOf(blob: string, mime: string): string {
  const kinds: Record<string, string> = {
    'image/png': 'png',
    'audio/webm': 'webm',
    'audio/mp4': 'm4a',
    'audio/ogg': 'ogg',
    'audio/wav': 'wav',
  }
  return `${blob}.${kinds[mime.split(';')[0] ?? ''] ?? 'jpg'}`
}

/** The original that an answer names; null where the answer names none. */
export function hashOf(value: string | null): string | null {
  return /^([0-9a-f]{64})\b/.exec(value ?? '')?.[1] ?? null
}

/**
 * The photo of the standard that a question asks for as well: one whose purpose stands in what is asked, such as 门牌 in
 * 门牌(大门)照片. Nobody photographs a door twice.
 */
export function needOf(node: Node, view: VisitView | null): Need | null {
  const asked = node.label ?? ''
  return view?.needs.find((need) => need.kind === 'photo' && need.subject !== '' && asked.includes(need.subject)) ?? null
}

/** Whether a question accepts only a photo that is taken for it: ODK's appearances `new` and `new-front`. */
export function isOnlyNow(node: Node): boolean {
  return node.appearance.split(/\s+/).some((one) => one === 'new' || one === 'new-front')
}

/** The camera that a question is photographed with. */
export function facingOf(node: Node): 'environment' | 'user' {
  return node.appearance.split(/\s+/).includes('new-front') ? 'user' : 'environment'
}

/** The last photo of this purpose that may answer a question; imported ones only where it accepts them. */
export function takenFor(node: Node, purpose: string, view: VisitView | null): PictureView | null {
  const fits = (one: PictureView): boolean => one.purpose === purpose && !one.withdrawn && !(one.imported && isOnlyNow(node))
  return view?.photos.filter(fits).at(-1) ?? null
}

/** What is asked for by a signature: the investigator's where the question's name says so, otherwise the household's. */
export function roleOf(node: Node): 'household' | 'investigator' {
  return /investigator|surveyor|调查员/.test(`${node.path} ${node.label ?? ''}`) ? 'investigator' : 'household'
}
