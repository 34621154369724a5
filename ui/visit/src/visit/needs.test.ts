import type { Lack, VisitView } from '@hudang/shared/bridge'
import { zh } from '@hudang/shared/wording/zh-CN'
import { expect, it } from 'vitest'
import { wantedOf } from './needs'

const lack = (code: string, requirement: string, message: string, key: string | null = null): Lack => ({
  code,
  requirement,
  have: 0,
  need: 1,
  message,
  key,
  blocks: false,
})

function viewWith(lacks: Lack[]): VisitView {
  const progress = { stage: 'begun' as const, asked: 3, answered: 3, missing: 0, not_allowed: 0, unfit: 0, first_wanting: null }
  const view: Partial<VisitView> = { visit: 'v', outcome: 'done', needs: [], lacks, progress, positions: [], returned: null }
  return view as VisitView
}

it('lists whatever the assessment finds, also what none of the lines stands for', () => {
  const lines = wantedOf(viewWith([lack('ASSESS-MEDIA', '', '有 1 个原件不在手机里')]), zh)
  expect(lines.filter((line) => line.state === 'missing').map((line) => line.what)).toEqual(['有 1 个原件不在手机里'])
})

it('leads to the question that the assessment means', () => {
  const lines = wantedOf(viewWith([lack('FORM-TYPE', 'form:a', '“人数”有 1 处答案的类型不对', 'k')]), zh)
  const form = lines.find((line) => line.key === 'form')
  expect(form?.state).toBe('missing')
  expect(form?.to).toMatchObject({ name: 'form', query: { at: 'k' } })
  expect(wantedOf(viewWith([]), zh).every((line) => line.state === 'met')).toBe(true)
})

it('shows a form of which nothing is asked, or that nobody has begun, as neither done nor counted', () => {
  const view = viewWith([])
  const lineOf = (progress: VisitView['progress']) => wantedOf({ ...view, progress }, zh).find((line) => line.key === 'form')
  expect(lineOf({ ...view.progress, stage: 'nothing_asked', asked: 0, answered: 0 })).toMatchObject({
    how: '没有要问的',
    state: 'none',
  })
  expect(lineOf({ ...view.progress, stage: 'not_begun' })?.how).toBe('还没开始')
  expect(lineOf(view.progress)?.how).toBe('3/3')
})
