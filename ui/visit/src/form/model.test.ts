import type { FormView, Node } from '@hudang/shared/bridge'
import { describe, expect, it } from 'vitest'
import { applyChanges, instanceAround, modelOf, pagesShown, readValue, summaryOf, treeOfPage, wantingOfPage } from './model'

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
  const progress = { asked: 0, answered: 0, missing: 0, not_allowed: 0, unfit: 0, first_wanting: null }
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

describe('what one step changed', () => {
  it('replaces, removes and orders', () => {
    const model = modelOf(form([...family]))
    const progress = { asked: 2, answered: 1, missing: 1, not_allowed: 0, unfit: 0, first_wanting: 'm2/name' }
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
