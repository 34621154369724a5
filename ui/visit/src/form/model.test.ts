import type { FormView, Node } from '@hudang/shared/bridge'
import { describe, expect, it } from 'vitest'
import {
  applyChanges,
  instanceAround,
  modelOf,
  pagesShown,
  progressOfPage,
  readValue,
  summaryOf,
  treeOfPage,
  wantingOfPage,
  wantingQuestions,
} from './model'

function node(key: string, over: Partial<Node> = {}): Node {
  return {
    key,
    parent: null,
    page: 0,
    kind: 'input',
    input: 'text',
    path: key,
    appearance: '',
    attributes: {},
    range: null,
    label: key,
    hint: null,
    relevant: true,
    required: false,
    readonly: false,
    calculated: false,
    value: '',
    draft: null,
    unfit: null,
    allowed: true,
    missing: false,
    message: null,
    choices: null,
    previous: null,
    in_conflict: false,
    ...over,
  }
}

function form(nodes: Node[]): FormView {
  const pages = [...new Set(nodes.map((one) => one.page))].map((page) => ({ name: `p${page}`, label: null }))
  const progress = {
    stage: 'nothing_asked' as const,
    asked: 0,
    answered: 0,
    missing: 0,
    not_allowed: 0,
    unfit: 0,
    first_wanting: null,
  }
  return { visit: 'v', form: 'f', title: 't', version: '1', pages, nodes, progress, sealed: false, comments: [] }
}

const family = [
  node('members', { kind: 'repeat' }),
  node('m1', { kind: 'instance', parent: 'members' }),
  node('m1/name', { parent: 'm1', value: '甲' }),
  node('m1/sex', { parent: 'm1', kind: 'select_one', value: 'f', choices: [{ value: 'f', label: '女' }] }),
]

describe('a form on the screen', () => {
  it('shows what is asked as a tree, and nothing below what is not asked', () => {
    const nodes = [node('g', { kind: 'group', relevant: false }), node('g/a', { parent: 'g' }), node('b')]
    expect(treeOfPage(modelOf(form(nodes)), 0).map((branch) => branch.node.key)).toEqual(['b'])
  })
  it('skips pages without anything to see, such as calculations', () => {
    const model = modelOf(form([node('a'), node('c', { page: 1, kind: 'hidden', label: null }), node('d', { page: 2 })]))
    expect(pagesShown(model)).toEqual([0, 2])
  })
  it('tells instances apart by their first answers as they are read', () => {
    const instance = treeOfPage(modelOf(form(family)), 0)[0]?.children[0]
    expect(instance && summaryOf(instance)).toBe('甲 · 女')
  })
  it('finds the instance around a question', () => {
    expect(instanceAround(modelOf(form(family)), 'm1/sex')).toBe('m1')
    expect(instanceAround(modelOf(form(family)), 'members')).toBeNull()
  })
  it('reads any number of choices by their labels', () => {
    const choices = [
      { value: 'a', label: '小麦' },
      { value: 'b', label: '玉米' },
    ]
    expect(readValue(node('q', { kind: 'select_many', value: 'a b', choices }))).toBe('小麦、玉米')
  })
  it('reads a number without zeros that say nothing', () => {
    const read = (value: string): string => readValue(node('q', { input: 'decimal', value }))
    expect(['0.0', '1250.50', '-3.00', '7'].map(read)).toEqual(['0', '1250.5', '-3', '7'])
    expect(readValue(node('q', { input: 'text', value: '0.0' }))).toBe('0.0')
    expect(readValue(node('q', { input: 'geopoint', value: '41.0937 111.4517 0.0 8.0' }))).toBe('41.093700, 111.451700')
    expect(readValue(node('q', { input: 'geopoint', value: '' }))).toBe('')
  })
})

describe('what somebody has to come back to', () => {
  it('is listed page by page with its reason, and pages without any are left out', () => {
    const nodes = [
      node('a', { missing: true }),
      node('b', { page: 1, value: '3' }),
      node('c', { page: 2, value: '12', allowed: false, message: '请填 11 位手机号。', missing: true }),
      node('d', { page: 2, unfit: '“abc”不是整数', value: '5' }),
    ]
    expect(wantingQuestions(modelOf(form(nodes)))).toEqual([
      { page: 0, questions: [{ key: 'a', label: 'a', reason: { why: 'missing', message: null }, within: [] }] },
      {
        page: 2,
        questions: [
          { key: 'c', label: 'c', reason: { why: 'not_allowed', message: '请填 11 位手机号。' }, within: [] },
          { key: 'd', label: 'd', reason: { why: 'unfit', message: '“abc”不是整数' }, within: [] },
        ],
      },
    ])
  })
  it('says in which instance it is, also in one inside another', () => {
    const nodes = [
      ...family.map((one) => (one.key === 'members' ? { ...one, label: '家庭成员' } : one)),
      node('m2', { kind: 'instance', parent: 'members' }),
      node('m2/name', { parent: 'm2', value: '乙' }),
      node('m2/sex', { parent: 'm2', label: '性别', missing: true }),
      node('m2/jobs', { parent: 'm2', kind: 'repeat', label: '工作' }),
      node('m2/j1', { parent: 'm2/jobs', kind: 'instance' }),
      node('m2/j1/pay', { parent: 'm2/j1', label: '收入', missing: true }),
    ]
    const second = { label: '家庭成员', number: 2, summary: '乙' }
    expect(wantingQuestions(modelOf(form(nodes))).flatMap(({ questions }) => questions)).toMatchObject([
      { key: 'm2/sex', label: '性别', within: [second] },
      { key: 'm2/j1/pay', label: '收入', within: [second, { label: '工作', number: 1, summary: '' }] },
    ])
  })
  it('is nothing that is not asked, and no note or group', () => {
    const nodes = [
      node('g', { kind: 'group', relevant: false }),
      node('g/a', { parent: 'g', missing: true }),
      node('h', { relevant: false, missing: true }),
      node('n', { kind: 'note', missing: true }),
      node('x', { kind: 'hidden', label: null, missing: true }),
    ]
    expect(wantingQuestions(modelOf(form(nodes)))).toEqual([])
  })
})

describe('what one step changed', () => {
  it('replaces, removes and orders', () => {
    const model = modelOf(form([...family]))
    const progress = {
      stage: 'begun' as const,
      asked: 2,
      answered: 1,
      missing: 1,
      not_allowed: 0,
      unfit: 0,
      first_wanting: 'm2/name',
    }
    const added = [node('m2', { kind: 'instance', parent: 'members' }), node('m2/name', { parent: 'm2', missing: true })]
    const order = ['members', 'm2', 'm2/name', 'm1', 'm1/name', 'm1/sex']
    applyChanges(model, { changed: added, gone: [], order, progress, added: 'members[2]' })
    expect(treeOfPage(model, 0)[0]?.children.map((child) => child.node.key)).toEqual(['m2', 'm1'])
    expect(wantingOfPage(model, 0)).toBe(1)
    applyChanges(model, { changed: [], gone: ['m2', 'm2/name'], order: null, progress, added: null })
    expect(treeOfPage(model, 0)[0]?.children.map((child) => child.node.key)).toEqual(['m1'])
    expect(model.order).toEqual(['members', 'm1', 'm1/name', 'm1/sex'])
  })
})

describe('a page', () => {
  it('on which nothing is asked, or that nobody has begun, is not one that is done', () => {
    const model = modelOf(
      form([
        node('read', { kind: 'note' }),
        node('asked', { page: 1, input: 'integer' }),
        node('zero', { page: 2, input: 'integer', value: '0' }),
        node('must', { page: 3, required: true, missing: true }),
      ]),
    )
    expect([0, 1, 2, 3].map((page) => progressOfPage(model, page))).toEqual([
      { wanting: 0, stage: 'nothing_asked' },
      { wanting: 0, stage: 'not_begun' },
      { wanting: 0, stage: 'begun' },
      { wanting: 1, stage: 'not_begun' },
    ])
  })
})
