import type { CommentView, FormChanges, FormProgress, FormView, Node, Page } from '@hudang/shared/bridge'
import { placeOf, plainDecimal } from './values'

/** The questionnaire as it stands: what the door told, and what it changed since. */
export interface FormModel {
  title: string
  sealed: boolean
  /** What the office wants mended, where it sent the visit back. */
  comments: CommentView[]
  pages: Page[]
  nodes: Map<string, Node>
  order: string[]
  progress: FormProgress
}

/** A node with what is in it. */
export interface Branch {
  node: Node
  children: Branch[]
}

/** Takes a whole form. */
export function modelOf(view: FormView): FormModel {
  return {
    title: view.title,
    sealed: view.sealed,
    comments: view.comments,
    pages: view.pages,
    nodes: new Map(view.nodes.map((node) => [node.key, node])),
    order: view.nodes.map((node) => node.key),
    progress: view.progress,
  }
}

/** Takes what one step changed. */
export function applyChanges(model: FormModel, changes: FormChanges): void {
  for (const key of changes.gone) model.nodes.delete(key)
  for (const node of changes.changed) {
    if (!model.nodes.has(node.key) && changes.order === null) model.order.push(node.key)
    model.nodes.set(node.key, node)
  }
  if (changes.order !== null) model.order = changes.order
  else if (changes.gone.length > 0) model.order = model.order.filter((key) => model.nodes.has(key))
  model.progress = changes.progress
}

/** What is asked on a page as it stands, as a tree. */
export function treeOfPage(model: FormModel, page: number): Branch[] {
  const roots: Branch[] = []
  const branches = new Map<string, Branch>()
  for (const key of model.order) {
    const node = model.nodes.get(key)
    if (node === undefined || node.page !== page || !node.relevant) continue
    const branch: Branch = { node, children: [] }
    const parent = node.parent === null ? undefined : model.nodes.get(node.parent)
    if (parent === undefined || parent.page !== page) {
      if (parent === undefined || parent.relevant) roots.push(branch)
    } else {
      const above = branches.get(parent.key)
      if (above === undefined) continue
      above.children.push(branch)
    }
    branches.set(key, branch)
  }
  return roots.filter(hasFace)
}

/** Whether there is anything to see of a node. */
export function hasFace(branch: Branch): boolean {
  const { node } = branch
  switch (node.kind) {
    case 'group':
    case 'instance':
    case 'counted_repeat':
      return branch.children.some(hasFace)
    case 'repeat':
      return true
    case 'hidden':
      return node.label !== null && node.label !== ''
    default:
      return true
  }
}

/** The pages on which something is asked as it stands. */
export function pagesShown(model: FormModel): number[] {
  const shown = new Set<number>()
  for (const [page] of model.pages.entries()) if (treeOfPage(model, page).length > 0) shown.add(page)
  return [...shown]
}

/** What is wrong with an answer, and what the form says about it, where it says anything. */
export interface Reason {
  why: 'missing' | 'not_allowed' | 'unfit'
  message: string | null
}

/** Why an answer cannot stay as it is; null where it can. */
export function reasonOf({ allowed, message, missing, unfit, value }: Node): Reason | null {
  if (unfit !== null) return { why: 'unfit', message: unfit }
  if (!allowed && value) return { why: 'not_allowed', message }
  if (missing) return { why: 'missing', message }
  return allowed ? null : { why: 'not_allowed', message }
}

/** Whether somebody has to come back to a question: it lacks its answer, or what stands there is none. */
export function isWanting(node: Node): boolean {
  return isQuestion(node) && reasonOf(node) !== null
}

/** A question that somebody has to come back to. */
export interface WantingQuestion {
  key: string
  label: string | null
  reason: Reason
  /** The instances that it is in, the outermost first. */
  within: Array<{ label: string; number: number; summary: string }>
}

/** The questions that somebody has to come back to, page by page, as far as they are asked; pages without any are left out. */
export function wantingQuestions(model: FormModel): Array<{ page: number; questions: WantingQuestion[] }> {
  return pagesShown(model)
    .map((page) => ({ page, questions: wantingBelow(treeOfPage(model, page), '', []) }))
    .filter(({ questions }) => questions.length > 0)
}

function wantingBelow(branches: Branch[], repeat: string, within: WantingQuestion['within']): WantingQuestion[] {
  let number = 0
  return branches.flatMap((branch) => {
    const { node, children } = branch
    if (node.kind === 'instance') {
      number += 1
      return wantingBelow(children, '', [...within, { label: repeat, number, summary: summaryOf(branch) }])
    }
    const reason = isQuestion(node) ? reasonOf(node) : null
    const own = reason === null ? [] : [{ key: node.key, label: node.label, reason, within }]
    return [...own, ...wantingBelow(children, node.label ?? '', within)]
  })
}

/** Questions of a page that somebody has to come back to. */
export function wantingOfPage(model: FormModel, page: number): number {
  let count = 0
  const walk = (branches: Branch[]): void => {
    for (const { node, children } of branches) {
      if (isWanting(node)) count += 1
      walk(children)
    }
  }
  walk(treeOfPage(model, page))
  return count
}

/** How far a page is filled in: what a form asks there and how much of it is answered, and what is wanted. */
export interface PageProgress {
  wanting: number
  stage: FormProgress['stage']
}

/** How far a page is filled in. */
export function progressOfPage(model: FormModel, page: number): PageProgress {
  let [asked, isBegun] = [0, false]
  const walk = (branches: Branch[]): void => {
    for (const { node, children } of branches) {
      if (isQuestion(node) && !node.calculated) {
        asked += 1
        isBegun ||= node.draft !== null || (node.value ?? '') !== ''
      }
      walk(children)
    }
  }
  walk(treeOfPage(model, page))
  const stage = asked === 0 ? 'nothing_asked' : isBegun ? 'begun' : 'not_begun'
  return { wanting: wantingOfPage(model, page), stage }
}

/** Whether a node is something to answer. */
export function isQuestion(node: Node): boolean {
  return !['group', 'repeat', 'counted_repeat', 'instance', 'note', 'hidden'].includes(node.kind)
}

/** What tells one instance from another: its first two answers, as they are read. */
export function summaryOf(branch: Branch): string {
  const told: string[] = []
  for (const { node } of branch.children) {
    if (told.length === 2) break
    if (!isQuestion(node)) continue
    const text = readValue(node)
    if (text !== '') told.push(text)
  }
  return told.join(' · ')
}

/** An answer as it is read: the labels of choices instead of their names. */
export function readValue(node: Node, value: string = node.value ?? ''): string {
  if (node.input === 'decimal' && /^-?\d+\.\d+$/.test(value)) return plainDecimal(value)
  if (node.input === 'geopoint') return placeOf(value)?.reads ?? value
  if (value === '' || node.choices === null) return value
  const label = (name: string): string => node.choices?.find((choice) => choice.value === name)?.label ?? name
  return node.kind === 'select_one' ? label(value) : value.split(' ').map(label).join('、')
}

/** The key of the instance that a node is in, or its own. */
export function instanceAround(model: FormModel, key: string): string | null {
  let node = model.nodes.get(key)
  while (node !== undefined) {
    if (node.kind === 'instance') return node.key
    node = node.parent === null ? undefined : model.nodes.get(node.parent)
  }
  return null
}
