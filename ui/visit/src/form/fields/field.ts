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

/** What stands in a field: what was being typed, otherwise the answer. */
export function standing(node: Node): string {
  return node.draft !== null ? String(node.draft) : (node.value ?? '')
}
