/** Locks when nobody has touched the phone for as long as the door waits for a command. */
export function watchIdle(idleMs: () => number | null, whenIdle: () => void): () => void {
  let last = Date.now()
  const touched = (): void => {
    last = Date.now()
  }
  const look = (): void => {
    const limit = idleMs()
    if (limit === null || limit <= 0 || Date.now() - last < limit) return
    last = Date.now()
    whenIdle()
  }
  const events = ['pointerdown', 'keydown', 'input'] as const
  for (const event of events) addEventListener(event, touched, { capture: true, passive: true })
  document.addEventListener('visibilitychange', look)
  const timer = setInterval(look, 10_000)
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
    for (const event of events) removeEventListener(event, touched, { capture: true })
  }
}
