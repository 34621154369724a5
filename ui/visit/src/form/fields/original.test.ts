import type { Node, PictureView, VisitView } from '@hudang/shared/bridge'
import { describe, expect, it } from 'vitest'
import { facingOf, isOnlyNow, takenFor } from './original'

const question = (appearance: string): Node => ({ appearance }) as Node
const photo = (blob: string, over: Partial<PictureView> = {}): PictureView =>
  ({ blob, purpose: '门牌', imported: false, withdrawn: false, ...over }) as PictureView
const visit = (...photos: PictureView[]): VisitView => ({ photos }) as VisitView

describe('a question that wants a photo of now', () => {
  it('says so by the word in its appearance, not by a part of one', () => {
    expect(['new', 'minimal new', 'new-front'].map((one) => isOnlyNow(question(one)))).toEqual([true, true, true])
    expect(['', 'newest', 'renew', 'annotate'].map((one) => isOnlyNow(question(one)))).toEqual([false, false, false, false])
    expect([facingOf(question('new')), facingOf(question('new-front'))]).toEqual(['environment', 'user'])
  })
  it('is not offered a photo from the album, nor one that was withdrawn or is of something else', () => {
    const view = visit(
      photo('a'),
      photo('b', { imported: true }),
      photo('c', { withdrawn: true }),
      photo('d', { purpose: '合影' }),
    )
    expect(takenFor(question('new'), '门牌', view)?.blob).toBe('a')
    expect(takenFor(question(''), '门牌', view)?.blob).toBe('b')
    expect(takenFor(question('new'), '门牌', visit(photo('b', { imported: true })))).toBeNull()
    expect(takenFor(question('new'), '门牌', null)).toBeNull()
  })
})
