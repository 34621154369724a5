import type { PlaceFix } from '@hudang/shared/bridge'

/** A position as the platform gave it. */
export interface Fix {
  lat: number
  lon: number
  altitude: number
  accuracyMetres: number
  atMs: number
  isMock: boolean
}

/** A position as it is stated. */
export function stated(fix: Fix): PlaceFix {
  return {
    lat_e7: Math.round(fix.lat * 1e7),
    lon_e7: Math.round(fix.lon * 1e7),
    accuracy_cm: Math.max(1, Math.round(fix.accuracyMetres * 100)),
    mock: fix.isMock,
    fix_ms: Math.round(fix.atMs),
  }
}

/** Why there is no position. */
export type NoFix = 'denied' | 'unavailable'

/** Watches the position until told to stop. Nothing is kept of it here. */
export function watchPlace(found: (fix: Fix) => void, failed: (why: NoFix) => void): () => void {
  const source = navigator.geolocation as Geolocation | undefined
  if (source === undefined) {
    failed('unavailable')
    return () => undefined
  }
  const id = source.watchPosition(
    ({ coords, timestamp }) => {
      found({
        lat: coords.latitude,
        lon: coords.longitude,
        altitude: coords.altitude ?? 0,
        accuracyMetres: coords.accuracy,
        atMs: timestamp,
        // A page does not know it; Android's shell says it where a place is stated.
        isMock: Reflect.get(coords, 'mock') === true,
      })
    },
    (error) => failed(error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable'),
    { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 },
  )
  return () => source.clearWatch(id)
}
