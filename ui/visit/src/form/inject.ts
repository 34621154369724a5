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
  /** An instance was removed and may be brought back. */
  removed: (path: string) => void
}

/** The key of the form's context. */
export const FORM: InjectionKey<FormContext> = Symbol('form')
