import type { Metres, Pixel, Size } from './plan'

/** What stands on the map: points so near to each other that they are one mark, names beside marks, and which mark a finger means. */

/** Points that are drawn as one mark. */
export interface Group<T> {
  members: T[]
  at: Metres
}

/** A mark in the window, with what may be written beside it: the first text that fits. */
export interface Named {
  at: Pixel
  /** From the middle of the mark to its edge. */
  radius: number
  texts: string[]
}

/** A text beside a mark: from where it is written, to the right. */
export interface Label {
  text: string
  /** The left end of the text's base line. */
  at: Pixel
}

interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

const GAP = 4

/**
 * Joins points that are nearer to each other than so many metres. It does not depend on what the window shows of them,
 * so that nothing changes while the map is drawn along.
 */
export function grouped<T>(points: Array<{ of: T; at: Metres }>, nearMetres: number): Array<Group<T>> {
  let groups: Array<Group<T>> = points.map(({ of, at }) => ({ members: [of], at }))
  // Groups that have grown may have come near to each other.
  for (;;) {
    const joined = joinedOnce(groups, nearMetres)
    if (joined.length === groups.length) return joined
    groups = joined
  }
}

function joinedOnce<T>(groups: Array<Group<T>>, nearMetres: number): Array<Group<T>> {
  const cells = new Map<string, Array<Group<T>>>()
  const joined: Array<Group<T>> = []
  const cellOf = (metres: number): number => Math.floor(metres / nearMetres)
  for (const group of groups) {
    const [column, row] = [cellOf(group.at.east), cellOf(group.at.north)]
    const near = neighbours(cells, column, row).find((one) => distance(one.at, group.at) < nearMetres)
    if (near === undefined) {
      const own: Group<T> = { members: [...group.members], at: group.at }
      joined.push(own)
      const key = `${column} ${row}`
      cells.set(key, [...(cells.get(key) ?? []), own])
    } else {
      const [mine, theirs] = [group.members.length, near.members.length]
      const mean = (a: number, b: number): number => (a * theirs + b * mine) / (mine + theirs)
      near.at = { east: mean(near.at.east, group.at.east), north: mean(near.at.north, group.at.north) }
      near.members.push(...group.members)
    }
  }
  return joined
}

function neighbours<T>(cells: Map<string, T[]>, column: number, row: number): T[] {
  const found: T[] = []
  for (let across = -1; across <= 1; across += 1)
    for (let down = -1; down <= 1; down += 1) found.push(...(cells.get(`${column + across} ${row + down}`) ?? []))
  return found
}

const distance = (a: Metres, b: Metres): number => Math.hypot(a.east - b.east, a.north - b.north)

/** How wide a text is, near enough to keep others off it: Chinese letters are square, others about half as wide. */
export function textWidth(text: string, fontPixels: number): number {
  return [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) < 0x2e80 ? 0.62 : 1), 0) * fontPixels
}

/**
 * Writes names beside marks, in their order: to the right, to the left, below or above, wherever they cover neither a mark nor
 * another name nor the window's edge. What fits nowhere is not written; `null` stands in its place.
 */
export function labelled(marks: Named[], size: Size, fontPixels: number, taken: Box[] = []): Array<Label | null> {
  const boxes = [...taken, ...marks.map(({ at, radius }) => boxAround(at, radius))]
  return marks.map(({ at, radius, texts }) => {
    for (const text of texts) {
      for (const box of positions(at, radius, textWidth(text, fontPixels), fontPixels * 1.2)) {
        const isInside = box.left >= 0 && box.top >= 0 && box.right <= size.width && box.bottom <= size.height
        if (!isInside || boxes.some((other) => overlap(box, other))) continue
        boxes.push(box)
        return { text, at: { x: box.left, y: box.bottom - fontPixels * 0.28 } }
      }
    }
    return null
  })
}

function positions({ x, y }: Pixel, radius: number, width: number, height: number): Box[] {
  const far = radius + GAP
  const box = (left: number, top: number): Box => ({ left, top, right: left + width, bottom: top + height })
  return [
    box(x + far, y - height / 2),
    box(x - far - width, y - height / 2),
    box(x - width / 2, y + far),
    box(x - width / 2, y - far - height),
  ]
}

function boxAround({ x, y }: Pixel, radius: number): Box {
  return { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

/** The mark that a finger means: the nearest within so many pixels; `null` where there is none. */
export function nearestTo<T extends { at: Pixel }>(finger: Pixel, marks: T[], within: number): T | null {
  let nearest: T | null = null
  let least = within
  for (const mark of marks) {
    const way = Math.hypot(mark.at.x - finger.x, mark.at.y - finger.y)
    if (way <= least) [nearest, least] = [mark, way]
  }
  return nearest
}
