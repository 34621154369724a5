import { ref, type Ref } from 'vue'
import type { Point } from './ink'

/** Strokes of a finger, a pen or a mouse on a sheet. */
export interface UsedStrokes {
  strokes: Ref<Point[][]>
  down(event: PointerEvent): void
  move(event: PointerEvent): void
  up(): void
}

/** Follows a pointer over a sheet: each point as the sheet counts it, and the sheet drawn anew after each. */
export function useStrokes(
  sheet: Ref<HTMLCanvasElement | null>,
  pointOf: (event: PointerEvent) => Point,
  draw: () => void,
): UsedStrokes {
  const strokes = ref<Point[][]>([])
  let isDown = false
  return {
    strokes,
    down(event) {
      sheet.value?.setPointerCapture(event.pointerId)
      isDown = true
      strokes.value.push([pointOf(event)])
      draw()
    },
    move(event) {
      if (!isDown) return
      const points = event.getCoalescedEvents?.() ?? []
      strokes.value.at(-1)?.push(...(points.length > 0 ? points : [event]).map(pointOf))
      draw()
    },
    up() {
      isDown = false
    },
  }
}
