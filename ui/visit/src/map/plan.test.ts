import type { Place } from '@hudang/shared/bridge'
import { describe, expect, it } from 'vitest'
import { directionTo, metresBetween } from '../today/errands'
import { around, fit, onPlane, panned, scaleBar, toMetres, toPixel, touchingPoint, zoomed, type Metres } from './plan'

const place = (lat: number, lon: number): Place => ({ lat_e7: Math.round(lat * 1e7), lon_e7: Math.round(lon * 1e7) })
const size = { width: 360, height: 400 }

describe('the plane of a map', () => {
  it('has the lengths and directions of the earth over a county, to a percent', () => {
    const places = [place(41.09, 111.45), place(41.36, 111.1), place(40.85, 111.9), place(41.0901, 111.4502)]
    const touching = touchingPoint(places)
    for (const a of places) {
      for (const b of places.filter((one) => one !== a)) {
        const [from, to] = [onPlane(touching, a), onPlane(touching, b)]
        const metres = Math.hypot(to.east - from.east, to.north - from.north)
        expect(Math.abs(metres / metresBetween(a, b) - 1)).toBeLessThan(0.01)
        const turn = (Math.atan2(to.east - from.east, to.north - from.north) * 180) / Math.PI
        expect(Math.abs(((((turn - directionTo(a, b) * 45 + 540) % 360) + 360) % 360) - 180)).toBeLessThan(24)
      }
    }
  })
  it('goes the short way round where the date changes', () => {
    const [west, east] = [place(65, 179.9), place(65, -179.9)]
    expect(onPlane(west, east).east).toBeGreaterThan(0)
    expect(onPlane(west, east).east).toBeCloseTo(metresBetween(west, east), -2)
  })
})

describe('what the window shows', () => {
  const points: Metres[] = [
    { east: -30_000, north: 0 },
    { east: 30_000, north: 100 },
    { east: 0, north: 20_000 },
  ]
  it('is all of it, within the margin, with north above', () => {
    const view = fit(points, size, 40)
    const seen = points.map((point) => toPixel(view, size, point))
    for (const { x, y } of seen) {
      expect(x).toBeGreaterThanOrEqual(39.9)
      expect(x).toBeLessThanOrEqual(320.1)
      expect(y).toBeGreaterThanOrEqual(39.9)
      expect(y).toBeLessThanOrEqual(360.1)
    }
    expect(seen[2]!.y).toBeLessThan(seen[0]!.y)
    expect(seen[1]!.x).toBeGreaterThan(seen[0]!.x)
  })
  it('is half a kilometre around a single point, also where several are one', () => {
    const alone = { east: 7, north: 8 }
    for (const many of [[alone], [alone, alone]]) {
      const view = fit(many, size, 30)
      expect(view.middle).toEqual(alone)
      expect(view.metresPerPixel * 300).toBeCloseTo(500)
    }
    expect(fit([], size, 30).middle).toEqual({ east: 0, north: 0 })
  })
  it('reaches from where one is to the next households', () => {
    const view = around({ east: 0, north: 0 }, points, size, 1_000, 2)
    expect(view.metresPerPixel * 180).toBeGreaterThan(30_000)
    expect(around({ east: 0, north: 0 }, [], size, 1_000, 2).metresPerPixel * 180).toBeCloseTo(1_100)
  })
  it('keeps what lies under the finger when it comes nearer, and goes with the finger', () => {
    const view = fit(points, size, 40)
    const finger = { x: 77, y: 333 }
    const under = toMetres(view, size, finger)
    const near = zoomed(view, size, 3, finger)
    expect(near.metresPerPixel).toBeCloseTo(view.metresPerPixel / 3)
    expect(toPixel(near, size, under).x).toBeCloseTo(77)
    expect(toPixel(near, size, under).y).toBeCloseTo(333)
    const moved = toPixel(panned(view, 10, -20), size, under)
    expect(moved.x).toBeCloseTo(87)
    expect(moved.y).toBeCloseTo(313)
  })
  it('comes no nearer than a phone knows its place, and goes no farther than the country', () => {
    const view = fit(points, size, 40)
    expect(zoomed(view, size, 1e9, { x: 0, y: 0 }).metresPerPixel).toBe(0.25)
    expect(zoomed(view, size, 1e-9, { x: 0, y: 0 }).metresPerPixel).toBe(20_000)
  })
})

describe('the scale bar', () => {
  it('has a round length, as long as there is room', () => {
    for (const metresPerPixel of [0.25, 0.9, 1, 3.7, 12, 99, 214, 19_000]) {
      const { metres, pixels } = scaleBar(metresPerPixel, 100)
      expect(metres / 10 ** Math.floor(Math.log10(metres))).toBeCloseTo(
        [1, 2, 5].find((one) => String(metres).startsWith(`${one}`))!,
      )
      expect(pixels).toBeLessThanOrEqual(100.001)
      expect(pixels).toBeGreaterThan(39)
      expect(pixels * metresPerPixel).toBeCloseTo(metres)
    }
  })
})
