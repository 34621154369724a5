import { command, type FormChanges, type Node, type Scalar } from '@hudang/shared/bridge'
import { ref, shallowRef, triggerRef, type Ref, type ShallowRef } from 'vue'
import { shown, type Shown } from '../frame/problem'
import { useWording } from '../wording'
import { applyChanges, modelOf, type FormModel } from './model'

/** The form of a visit, being answered. */
export interface Answering {
  model: ShallowRef<FormModel | null>
  problem: Ref<Shown | null>
  /** Steps that the door has not confirmed. */
  unsaved: Ref<number>
  /** Whether what is being typed is no answer as it stands. */
  isTyping: Ref<boolean>
  load(): Promise<void>
  /** Keeps what is being typed; only the latest of a question matters. */
  draft(node: Node, value: Scalar): void
  answer(node: Node, value: Scalar): Promise<void>
  /** Forgets what was typed; the answer of before stands. */
  dropDraft(node: Node): Promise<void>
  add(repeat: string): Promise<string | null>
  /** Takes an instance away, or brings it back; whether that was done. */
  remove(instance: string, restore: boolean): Promise<boolean>
  /** Makes what is typed answers, and states all answers; of a page, or of the whole form. */
  confirmPage(page: string | null): Promise<boolean>
  /** Resolves when everything that was asked for is done. */
  settled(): Promise<void>
}

/**
 * Answers a form: one step at a time in the order of the finger, as each step's changes build on the one before.
 * What fails stays on the screen with its reason.
 */
export function useAnswering(visit: string): Answering {
  const wording = useWording()
  const model = shallowRef<FormModel | null>(null)
  const problem = ref<Shown | null>(null)
  const unsaved = ref(0)
  const isTyping = ref(false)
  const drafts = new Map<string, Scalar>()
  let line: Promise<unknown> = Promise.resolve()

  function step<T>(work: () => Promise<T>): Promise<T | undefined> {
    unsaved.value += 1
    const done = line.then(work).then(
      (result) => {
        problem.value = null
        return result
      },
      (cause: unknown) => {
        problem.value = shown(cause, wording.value.unreachable)
        return undefined
      },
    )
    line = done.finally(() => {
      unsaved.value -= 1
    })
    return done
  }

  function take(changes: FormChanges): void {
    if (model.value === null) return
    applyChanges(model.value, changes)
    triggerRef(model)
  }

  async function change(work: () => Promise<FormChanges>): Promise<FormChanges | undefined> {
    return step(async () => {
      const changes = await work()
      take(changes)
      return changes
    })
  }

  return {
    model,
    problem,
    unsaved,
    isTyping,
    async load() {
      const read = step(async () => {
        model.value = modelOf(await command('form', { visit }))
      })
      await read
      if (problem.value !== null && model.value === null) problem.value = { ...problem.value, again: () => void this.load() }
    },
    draft(node, value) {
      const { path } = node
      node.draft = value
      const isQueued = drafts.has(path)
      drafts.set(path, value)
      if (isQueued) return
      void step(async () => {
        const latest = drafts.get(path)
        drafts.delete(path)
        if (latest !== undefined) isTyping.value = !(await command('draft', { visit, path, value: latest })).fits
      })
    },
    async answer(node, value) {
      const { path } = node
      node.draft = null
      drafts.delete(path)
      isTyping.value = false
      await change(() => command('answer', { visit, path, value }))
    },
    async dropDraft({ path }) {
      drafts.delete(path)
      isTyping.value = false
      await change(() => command('draft_drop', { visit, path }))
    },
    async add(repeat) {
      const changes = await change(() => command('instance_add', { visit, repeat }))
      return changes?.added ?? null
    },
    async remove(instance, restore) {
      return (await change(() => command('instance_remove', { visit, instance, restore }))) !== undefined
    },
    async confirmPage(page) {
      return (await change(() => command('page_confirm', page === null ? { visit } : { visit, page }))) !== undefined
    },
    async settled() {
      await line
    },
  }
}
