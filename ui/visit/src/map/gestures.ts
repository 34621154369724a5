import type { Pixel } from './plan'

/** What fingers do with a map. */
export interface Gestures {
  /** It is drawn along by so many pixels. */
  pan(x: number, y: number): void
  /** It comes so many times nearer around a pixel, after it was drawn along by so many. */
  zoom(times: number, at: Pixel, x: number, y: number): void
  /** A finger touched it and left again without moving. */
  tap(at: Pixel): void
}

/** A finger that moved less meant to touch. */
const TAP_PIXELS = 8
const STEP_PIXELS = 60
const STEP_TIMES = 1.6

/** The events of an element as gestures: one finger draws it along, two bring it nearer, so do the wheel and keys. */
export function gesturesOf(told: Gestures): Record<string, (event: never) => void> {
  const fingers = new Map<number, Pixel>()
  let isTap = false
  let began: Pixel = { x: 0, y: 0 }

  const at = (event: PointerEvent | WheelEvent): Pixel => {
    const box = (event.currentTarget as Element).getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }

  function pointerdown(event: PointerEvent): void {
    const element = event.currentTarget as Element
    element.setPointerCapture(event.pointerId)
    fingers.set(event.pointerId, at(event))
    isTap = fingers.size === 1
    began = at(event)
  }
  function pointermove(event: PointerEvent): void {
    const before = fingers.get(event.pointerId)
    if (before === undefined) return
    const now = at(event)
    if (Math.hypot(now.x - began.x, now.y - began.y) > TAP_PIXELS) isTap = false
    if (isTap) return
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
    fingers.set(event.pointerId, now)
    if (other === undefined) return told.pan(now.x - before.x, now.y - before.y)
    // The middle of two fingers draws, their distance brings nearer.
    const [x, y] = [(now.x - before.x) / 2, (now.y - before.y) / 2]
    const [was, is] = [before, now].map((one) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)))
    told.zoom((is ?? 1) / (was ?? 1), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }, x, y)
  }
  function pointerup(event: PointerEvent): void {
    const isLast = fingers.delete(event.pointerId) && fingers.size === 0
    if (isTap && isLast) told.tap(at(event))
    isTap = false
  }
  function pointercancel(event: PointerEvent): void {
    fingers.delete(event.pointerId)
    isTap = false
  }
  function wheel(event: WheelEvent): void {
    event.preventDefault()
    told.zoom(event.deltaY < 0 ? STEP_TIMES : 1 / STEP_TIMES, at(event), 0, 0)
  }
  function keydown(event: KeyboardEvent): void {
    const box = (event.currentTarget as Element).getBoundingClientRect()
    const middle = { x: box.width / 2, y: box.height / 2 }
    const keys: Record<string, () => void> = {
      ArrowLeft: () => told.pan(STEP_PIXELS, 0),
      ArrowRight: () => told.pan(-STEP_PIXELS, 0),
      ArrowUp: () => told.pan(0, STEP_PIXELS),
      ArrowDown: () => told.pan(0, -STEP_PIXELS),
      '+': () => told.zoom(STEP_TIMES, middle, 0, 0),
      '=': () => told.zoom(STEP_TIMES, middle, 0, 0),
      '-': () => told.zoom(1 / STEP_TIMES, middle, 0, 0),
    }
    const act = keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }
  return { pointerdown, pointermove, pointerup, pointercancel, wheel, keydown }
}
