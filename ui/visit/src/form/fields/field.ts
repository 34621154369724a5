import type { Node, Scalar } from '@hudang/shared/bridge'

/** What every field is given. */
export interface FieldProps {
  id: string
  node: Node
  labelledBy: string
  describedBy: string
  invalid: boolean
}

/** What every field tells: each keystroke, and the answer when it is left. */
export interface FieldEmits {
  draft: [value: Scalar]
  answer: [value: Scalar]
}

/** Enter leads to the next field, as the key on the screen's keyboard says. */
export function toNextField(event: KeyboardEvent): void {
  if (!(event.target instanceof HTMLElement) || event.isComposing) return
  event.preventDefault()
  const fields = [...document.querySelectorAll<HTMLElement>('.question input, .question textarea, .question .opener')]
  const next = fields[fields.indexOf(event.target) + 1]
  if (next) next.focus()
  else event.target.blur()
}

/** What stands in a field: what was being typed, otherwise the answer. */
export function standing(node: Node): string {
  return node.draft !== null ? String(node.draft) : (node.value ?? '')
}
