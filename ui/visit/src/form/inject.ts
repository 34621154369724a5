import type { CommentView, VisitView } from '@hudang/shared/bridge'
import type { InjectionKey, Ref, ShallowRef } from 'vue'
import type { Answering } from './answering'

/** What the parts of a form share. */
export interface FormContext {
  answering: Answering
  visit: string
  sealed: Ref<boolean>
  /** The office's comments on a question. */
  commentsOn: (key: string) => CommentView[]
  /** Whether somebody has left a page once: only then does it say what is missing. */
  isTried: (page: number) => boolean
  /** The instance that is open. */
  opened: Ref<string | null>
  open: (key: string | null) => void
  /** The visit with its photos, recordings and signatures, for questions that are answered by one of them. */
  view: ShallowRef<VisitView | null>
  /** Shows the visit anew. */
  look: () => Promise<void>
  /** Somebody is at this question. */
  at: (key: string) => void
  /** The instance that was removed last and may be brought back. */
  removed: Ref<Removed | null>
}

/** An instance that was removed: where it stood, and what it was. */
export interface Removed {
  path: string
  /** The key of its repeat, and its place there from 0. */
  repeat: string
  position: number
  what: string
}

/** The key of the form's context. */
export const FORM: InjectionKey<FormContext> = Symbol('form')
