import { describe, expect, it } from 'vitest'
import { gesturesOf } from './gestures'

const box = { left: 10, top: 100, width: 300, height: 200 }
const currentTarget = { getBoundingClientRect: () => box, setPointerCapture: () => undefined }

/** A window that writes down what it was told, and fingers on it at pixels of the window. */
function fingers(): { told: string[]; on: (event: string, id: number, x: number, y: number) => void } {
  const told: string[] = []
  const gestures = gesturesOf({
    pan: (x, y) => told.push(`pan ${x} ${y}`),
    zoom: (times, at, x, y) => told.push(`zoom ${times} at ${at.x} ${at.y} after ${x} ${y}`),
    tap: (at) => told.push(`tap ${at.x} ${at.y}`),
  })
  return {
    told,
    on(event, id, x, y) {
      gestures[event]?.({ pointerId: id, clientX: x + box.left, clientY: y + box.top, currentTarget } as never)
    },
  }
}

describe('fingers on a map', () => {
  it('touch it where they hardly move, and draw it along where they do', () => {
    const { told, on } = fingers()
    on('pointerdown', 1, 50, 60)
    on('pointermove', 1, 53, 60)
    on('pointerup', 1, 53, 60)
    on('pointerdown', 1, 50, 60)
    on('pointermove', 1, 70, 60)
    on('pointermove', 1, 75, 58)
    on('pointerup', 1, 75, 58)
    expect(told).toEqual(['tap 53 60', 'pan 20 0', 'pan 5 -2'])
  })
  it('bring it nearer by two, and mean no mark then', () => {
    const { told, on } = fingers()
    on('pointerdown', 1, 100, 100)
    on('pointerdown', 2, 200, 100)
    on('pointermove', 2, 300, 100)
    on('pointerup', 2, 300, 100)
    on('pointerup', 1, 100, 100)
    expect(told).toEqual(['zoom 2 at 200 100 after 50 0'])
  })
  it('have left where the system took them away', () => {
    const { told, on } = fingers()
    on('pointerdown', 1, 100, 100)
    on('pointercancel', 1, 100, 100)
    on('pointermove', 1, 200, 100)
    on('pointerup', 1, 200, 100)
    expect(told).toEqual([])
  })
})
