import { describe, expect, it } from 'vitest'
import { grouped, labelled, nearestTo, textWidth, type Named } from './marks'
import { fit, toPixel, type Metres } from './plan'

const size = { width: 328, height: 360 }
const NEAR = 34

/** Two hundred households in three villages, sixty kilometres from each other; the same for the same seed. */
function threeVillages(): Array<{ of: string; at: Metres }> {
  let state = 7
  const next = (): number => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32
  const villages = [
    { east: 0, north: 0 },
    { east: 60_000, north: 0 },
    { east: 30_000, north: 52_000 },
  ]
  return Array.from({ length: 200 }, (_, n) => {
    const village = villages[n % 3]!
    return { of: `户-${n}`, at: { east: village.east + next() * 900, north: village.north + next() * 600 } }
  })
}

describe('points that are near to each other', () => {
  it('are one mark for each of three villages, and come apart from near', () => {
    const points = threeVillages()
    const far = fit(
      points.map((one) => one.at),
      size,
      NEAR,
    )
    const seen = grouped(points, NEAR * far.metresPerPixel)
    expect(seen.map((group) => group.members.length).sort((a, b) => a - b)).toEqual([66, 67, 67])

    const village = points.filter((_, n) => n % 3 === 0)
    const near = fit(
      village.map((one) => one.at),
      size,
      NEAR,
    )
    const apart = grouped(village, NEAR * near.metresPerPixel)
    expect(apart.length).toBeGreaterThan(12)
    expect(apart.reduce((sum, group) => sum + group.members.length, 0)).toBe(67)
    for (const a of apart) {
      for (const b of apart.filter((one) => one !== a)) {
        const way = Math.hypot(a.at.east - b.at.east, a.at.north - b.at.north) / near.metresPerPixel
        expect(way).toBeGreaterThanOrEqual(NEAR - 0.001)
      }
    }
  })
  it('stay together where they are the same, and nobody is lost', () => {
    const at = { east: 1, north: 1 }
    expect(
      grouped(
        [
          { of: 'a', at },
          { of: 'b', at },
        ],
        0.1,
      ),
    ).toEqual([{ members: ['a', 'b'], at }])
    expect(grouped([], 10)).toEqual([])
  })
  it('are joined fast enough to follow a finger', () => {
    const many = Array.from({ length: 2_000 }, (_, n) => ({ of: n, at: { east: (n * 37) % 1_000, north: (n * 91) % 1_000 } }))
    const began = performance.now()
    grouped(many, 40)
    expect(performance.now() - began).toBeLessThan(200)
  })
})

describe('names beside marks', () => {
  it('cover no mark, no other name and no edge', () => {
    const points = threeVillages().filter((_, n) => n % 3 === 0)
    const view = fit(
      points.map((one) => one.at),
      size,
      NEAR,
    )
    const marks: Named[] = grouped(points, NEAR * view.metresPerPixel).map(({ members, at }) => ({
      at: toPixel(view, size, at),
      radius: 10,
      texts: [`${members[0]} 户主`, members[0]!],
    }))
    const font = 15
    const labels = labelled(marks, size, font)
    const boxes = labels.flatMap((label) => {
      if (label === null) return []
      const bottom = label.at.y + font * 0.28
      return [{ left: label.at.x, right: label.at.x + textWidth(label.text, font), top: bottom - font * 1.2, bottom }]
    })
    expect(boxes.length).toBeGreaterThan(5)
    for (const [n, a] of boxes.entries()) {
      expect(a.left).toBeGreaterThanOrEqual(0)
      expect(a.right).toBeLessThanOrEqual(size.width)
      for (const b of boxes.slice(n + 1)) {
        expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false)
      }
      for (const { at, radius } of marks) {
        const isOver = a.left < at.x + radius && at.x - radius < a.right && a.top < at.y + radius && at.y - radius < a.bottom
        expect(isOver).toBe(false)
      }
    }
  })
  it('are the shorter one where the longer has no room, and none where neither has', () => {
    const one = { at: { x: 50, y: 50 }, radius: 10, texts: ['户-001 某某某某某某某', '户-001'] }
    expect(labelled([one], { width: 300, height: 100 }, 15)[0]?.text).toBe('户-001 某某某某某某某')
    expect(labelled([one], { width: 120, height: 100 }, 15)[0]?.text).toBe('户-001')
    expect(labelled([one], { width: 300, height: 100 }, 15, [{ left: 0, top: 0, right: 300, bottom: 100 }])).toEqual([null])
  })
})

describe('a finger', () => {
  it('means the nearest mark within its reach', () => {
    const marks = [{ at: { x: 10, y: 10 } }, { at: { x: 50, y: 10 } }]
    expect(nearestTo({ x: 36, y: 12 }, marks, 40)).toBe(marks[1])
    expect(nearestTo({ x: 200, y: 12 }, marks, 40)).toBeNull()
  })
})
