import { describe, expect, it } from 'vitest'
import { hasCamera } from './camera'
import { judgeFile } from './chosen'
import { isSignature } from './ink'
import { levelOf } from './level'
import { Pieces } from './pieces'
import { judge } from './quality'

describe('the pieces of a recording', () => {
  it('arrive in order, each again until it is kept', async () => {
    const kept: string[] = []
    let refusals = 2
    const pieces = new Pieces(
      async (piece) => {
        if ((await piece.text()) === 'b' && refusals-- > 0) throw new Error('busy')
        kept.push(await piece.text())
      },
      () => undefined,
      () => false,
      async () => undefined,
    )
    for (const text of ['a', 'b', 'c']) pieces.push(new Blob([text]))
    await pieces.emptied()
    expect(kept).toEqual(['a', 'b', 'c'])
    expect(refusals).toBe(-1)
  })
  it('are told of while they wait', async () => {
    const told: number[] = []
    const pieces = new Pieces(
      async () => undefined,
      ({ pieces: waiting }) => told.push(waiting),
    )
    pieces.push(new Blob(['a']))
    pieces.push(new Blob(['b']))
    await pieces.emptied()
    expect(told.at(-1)).toBe(0)
    expect(Math.max(...told)).toBe(2)
  })
  it('say where they begin, so that none is kept twice', async () => {
    const offsets: number[] = []
    const pieces = new Pieces(
      async (_, offset) => void offsets.push(offset),
      () => undefined,
    )
    for (const text of ['abc', 'de', 'f']) pieces.push(new Blob([text]))
    await pieces.emptied()
    expect(offsets).toEqual([0, 3, 5])
  })
  it('are given up where none can ever be kept, and counted', async () => {
    const pieces = new Pieces(
      async () => {
        throw new Error('gone')
      },
      () => undefined,
      () => true,
    )
    pieces.push(new Blob(['a']))
    pieces.push(new Blob(['b']))
    await pieces.emptied()
    pieces.push(new Blob(['c']))
    expect(pieces.lost).toBe(3)
  })
  it('are given up when somebody does not want to wait', async () => {
    const pieces = new Pieces(
      async () => {
        throw new Error('busy')
      },
      () => undefined,
    )
    pieces.push(new Blob(['a']))
    const emptied = pieces.emptied()
    pieces.giveUp()
    await emptied
    expect(pieces.lost).toBe(1)
  })
})

describe('a chosen file', () => {
  const openedAt = 1_700_000_000_000
  const file = (size: number, lastModified: number): Pick<File, 'size' | 'lastModified'> => ({ size, lastModified })
  it('is nothing where it is empty, also from the library', () => {
    expect(judgeFile(file(0, openedAt), openedAt, false)).toBe('empty')
    expect(judgeFile(file(0, 0), openedAt, true)).toBe('empty')
  })
  it('was taken where it is as new as the touch on the button, as far as file systems tell', () => {
    expect(judgeFile(file(1, openedAt - 2_000), openedAt, false)).toBe('taken')
    expect(judgeFile(file(1, openedAt - 4_000), openedAt, false)).toBe('imported')
    expect(judgeFile(file(1, openedAt), openedAt, true)).toBe('imported')
  })
})

describe('a camera', () => {
  it('is missing only where there are devices, and it is none of them', () => {
    expect(hasCamera(['audioinput', 'audiooutput'])).toBe(false)
    expect(hasCamera(['audioinput', 'videoinput'])).toBe(true)
    expect(hasCamera([])).toBe(true)
    expect(hasCamera(null)).toBe(true)
  })
})

describe('a look at a photo', () => {
  const fill = (of: (x: number, y: number) => number): Float32Array =>
    Float32Array.from({ length: 32 * 32 }, (_, n) => of(n % 32, Math.floor(n / 32)))
  it('tells dark, blurred and good apart', () => {
    expect(
      judge(
        fill(() => 10),
        32,
        32,
      ),
    ).toBe('dark')
    expect(
      judge(
        fill((x) => 100 + x),
        32,
        32,
      ),
    ).toBe('blurred')
    expect(
      judge(
        fill((x, y) => ((x + y) % 2 === 0 ? 60 : 200)),
        32,
        32,
      ),
    ).toBeNull()
  })
})

describe('loudness', () => {
  it('follows the ear', () => {
    expect(levelOf(new Float32Array(8))).toBe(0)
    expect(levelOf(new Float32Array(8).fill(1))).toBe(1)
    expect(levelOf(new Float32Array(8).fill(0.1))).toBeCloseTo(2 / 3, 5)
  })
})

describe('a signature', () => {
  it('is more than a touch', () => {
    expect(isSignature([[{ x: 5, y: 5 }]], 1000)).toBe(false)
    expect(
      isSignature(
        [
          [
            { x: 0, y: 0 },
            { x: 200, y: 0 },
          ],
        ],
        1000,
      ),
    ).toBe(true)
  })
})
