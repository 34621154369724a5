import type { Place } from '@hudang/shared/bridge'

/**
 * The geometry of a map without a ground: places as metres on a plane, and the plane as it is seen through a window of so
 * many pixels. Nothing here knows a household or draws.
 */

/** A point on the plane, in metres east and north of where the plane touches the earth. */
export interface Metres {
  east: number
  north: number
}

/** A point of the window, in pixels from its upper left corner. */
export interface Pixel {
  x: number
  y: number
}

/** How large the window is, in pixels. */
export interface Size {
  width: number
  height: number
}

/** What the window shows: where its middle is, and how many metres a pixel is. North is up. */
export interface View {
  middle: Metres
  metresPerPixel: number
}

/** A scale bar: so many metres are so many pixels. */
export interface ScaleBar {
  metres: number
  pixels: number
}

/** A pixel is never less: nearer than that a phone does not know where it is. */
export const NEAREST_METRES_PER_PIXEL = 0.25
/** A pixel is never more: the whole country is a few thousand kilometres wide. */
const FARTHEST_METRES_PER_PIXEL = 20_000
/** How wide a window is that shows a single point. */
const ALONE_METRES = 500
/** Metres in a degree of latitude, on a sphere of 6,371 km. */
const DEGREE_METRES = (6_371_000 * Math.PI) / 180

/** Where a plane for these places touches the earth: in their middle, where it is least wrong. */
export function touchingPoint(places: Place[]): Place {
  const { min: south, max: north } = rangeOf(places.map((place) => place.lat_e7))
  const { min: west, max: east } = rangeOf(places.map((place) => place.lon_e7))
  return { lat_e7: Math.round((south + north) / 2), lon_e7: Math.round((west + east) / 2) }
}

/** A place on the plane (equirectangular): true in the middle, and within a percent of it over a county. */
export function onPlane(touching: Place, place: Place): Metres {
  const shrink = Math.cos((touching.lat_e7 / 1e7) * (Math.PI / 180))
  // The short way round, also where the date changes.
  const turn = 3_600_000_000
  const lon = ((place.lon_e7 - touching.lon_e7 + 1.5 * turn) % turn) - turn / 2
  return { east: (lon / 1e7) * DEGREE_METRES * shrink, north: ((place.lat_e7 - touching.lat_e7) / 1e7) * DEGREE_METRES }
}

/** The nearest view that shows all points, with a margin of so many pixels around them. */
export function fit(points: Metres[], size: Size, margin: number): View {
  const east = rangeOf(points.map((point) => point.east))
  const north = rangeOf(points.map((point) => point.north))
  const across = Math.max(1, size.width - 2 * margin)
  const down = Math.max(1, size.height - 2 * margin)
  const needed = Math.max((east.max - east.min) / across, (north.max - north.min) / down)
  return {
    middle: { east: (east.min + east.max) / 2, north: (north.min + north.max) / 2 },
    metresPerPixel: bounded(needed > 0 ? needed : ALONE_METRES / across),
  }
}

/** The view around a point that reaches at least so far, and to the so-many-th nearest of the others. */
export function around(middle: Metres, others: Metres[], size: Size, reachMetres: number, count: number): View {
  const ways = others.map((one) => Math.hypot(one.east - middle.east, one.north - middle.north)).sort((a, b) => a - b)
  const reach = Math.max(reachMetres, ways[Math.min(count, ways.length) - 1] ?? 0)
  return { middle, metresPerPixel: bounded((2.2 * reach) / Math.max(1, Math.min(size.width, size.height))) }
}

/** Where a point of the plane is in the window. */
export function toPixel(view: View, size: Size, point: Metres): Pixel {
  return {
    x: size.width / 2 + (point.east - view.middle.east) / view.metresPerPixel,
    y: size.height / 2 - (point.north - view.middle.north) / view.metresPerPixel,
  }
}

/** Which point of the plane is at a pixel of the window. */
export function toMetres(view: View, size: Size, pixel: Pixel): Metres {
  return {
    east: view.middle.east + (pixel.x - size.width / 2) * view.metresPerPixel,
    north: view.middle.north - (pixel.y - size.height / 2) * view.metresPerPixel,
  }
}

/** The view after the plane was drawn along by so many pixels. */
export function panned(view: View, x: number, y: number): View {
  const { middle, metresPerPixel } = view
  return { metresPerPixel, middle: { east: middle.east - x * metresPerPixel, north: middle.north + y * metresPerPixel } }
}

/** The view so many times nearer; what lies at a pixel stays there. */
export function zoomed(view: View, size: Size, times: number, at: Pixel): View {
  const kept = toMetres(view, size, at)
  const metresPerPixel = bounded(view.metresPerPixel / times)
  return {
    metresPerPixel,
    middle: {
      east: kept.east - (at.x - size.width / 2) * metresPerPixel,
      north: kept.north + (at.y - size.height / 2) * metresPerPixel,
    },
  }
}

/** The longest scale bar of a round length (1, 2 or 5 and zeros) within so many pixels. */
export function scaleBar(metresPerPixel: number, pixelsMax: number): ScaleBar {
  const most = metresPerPixel * pixelsMax
  const power = 10 ** Math.floor(Math.log10(most))
  const metres = power * ([5, 2, 1].find((digit) => digit * power <= most) ?? 1)
  return { metres, pixels: metres / metresPerPixel }
}

function bounded(metresPerPixel: number): number {
  return Math.min(FARTHEST_METRES_PER_PIXEL, Math.max(NEAREST_METRES_PER_PIXEL, metresPerPixel))
}

function rangeOf(values: number[]): { min: number; max: number } {
  let [min, max] = [values[0] ?? 0, values[0] ?? 0]
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
