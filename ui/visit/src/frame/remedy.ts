import type { Remedy } from '@hudang/shared/bridge'
import type { RouteLocationRaw } from 'vue-router'

/** The screen on which a remedy is found; null where the screen it stands on is the place. */
export function whereTo(remedy: Remedy | null, visit: string | string[] | undefined): RouteLocationRaw | null {
  const params = { visit: typeof visit === 'string' ? visit : '' }
  const ofVisit = (name: string): RouteLocationRaw | null => (params.visit === '' ? null : { name, params })
  switch (remedy) {
    case 'enrol':
      return { name: 'enrol' }
    case 'sync':
      return { name: 'sync' }
    case 'storage':
      return { name: 'me' }
    case 'recordings':
      return { name: 'recordings' }
    case 'form':
      return ofVisit('form')
    case 'conflicts':
      return ofVisit('conflicts')
    case 'outcome':
      return ofVisit('outcome')
    case 'lacks':
      return ofVisit('visit')
    case 'unlock':
    case null:
      return null
  }
}
