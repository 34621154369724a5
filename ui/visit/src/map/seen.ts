import type { Place } from '@hudang/shared/bridge'
import type { Which } from '../today/errands'
import type { View } from './plan'

/** What somebody saw of the map last; who comes back from a household goes on there. The view belongs to its plane. */
export interface Seen {
  view: View | null
  touching: Place | null
  /** The key of the household that was touched. */
  chosen: string | null
  /** Which households the map showed. */
  which: Which
  /** What was searched for in the list; names of people stand in no address, as that outlives the window. */
  search: string
}

/** Of this window alone: after the app was closed, the map begins with all households. */
export const seen: Seen = { view: null, touching: null, chosen: null, which: 'all', search: '' }
