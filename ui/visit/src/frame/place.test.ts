import { expect, it } from 'vitest'
import { wayTo } from './place'

it('leads back from a screen of a visit to the visit, and from there to the list', () => {
  expect(wayTo('/visit/A/form?page=2&at=q')).toEqual(['/today', '/visit/A', '/visit/A/form?page=2&at=q'])
  expect(wayTo('/visit/A')).toEqual(['/today', '/visit/A'])
  expect(wayTo('/me/help')).toEqual(['/today', '/me', '/me/help'])
  expect(wayTo('/me')).toEqual(['/today', '/me'])
  expect(wayTo('/sync')).toEqual(['/today', '/sync'])
  expect(wayTo('/today')).toEqual(['/today'])
})
