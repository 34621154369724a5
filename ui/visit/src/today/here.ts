import type { Place } from '@hudang/shared/bridge'
import { shallowRef, type ShallowRef } from 'vue'

/** Where this phone is, as far as a list or a map asks for it. It is not stated anywhere. */
export interface Here {
  here: ShallowRef<Place | null>
  /** The platform did not say. */
  isUnknown: ShallowRef<boolean>
  locate(): Promise<void>
}

/** Asks for the place once; whatever comes of it, the screen works. */
export function useHere(): Here {
  const here = shallowRef<Place | null>(null)
  const isUnknown = shallowRef(false)
  function locate(): Promise<void> {
    const source = navigator.geolocation as Geolocation | undefined
    return new Promise((resolve) => {
      const failed = (): void => {
        isUnknown.value = here.value === null
        resolve()
      }
      if (source === undefined) return failed()
      const found: PositionCallback = ({ coords }) => {
        here.value = { lat_e7: Math.round(coords.latitude * 1e7), lon_e7: Math.round(coords.longitude * 1e7) }
        isUnknown.value = false
        resolve()
      }
      source.getCurrentPosition(found, failed, { maximumAge: 120_000, timeout: 15_000 })
    })
  }
  return { here, isUnknown, locate }
}
