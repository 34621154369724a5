import type { Router } from 'vue-router'

/**
 * Where somebody was when the app was killed: the path alone, with ids and no text of anybody. The page's own address
 * keeps it through a reload; a window that starts anew finds it here.
 */
const KEY = 'hudang.place'

/** Keeps the path of a screen. */
export function rememberPlace(path: string): void {
  try {
    localStorage.setItem(KEY, path)
  } catch {
    // A full or forbidden storage costs the place, nothing else.
  }
}

/** The path that was kept, where the page was started without one. */
export function rememberedPlace(hash: string): string | null {
  if (hash !== '' && hash !== '#' && hash !== '#/') return null
  try {
    const path = localStorage.getItem(KEY)
    return path !== null && path.startsWith('/') ? path : null
  } catch {
    return null
  }
}

/** The screens by which somebody comes to a place, from today's list on. */
export function wayTo(path: string): string[] {
  const visit = /^\/visit\/[^/?]+/.exec(path)?.[0]
  const way = ['/today']
  if (visit !== undefined) way.push(visit)
  if (path.startsWith('/me')) way.push('/me')
  return way.at(-1) === path ? way : [...way, path]
}

/**
 * Goes to the place, or stays at the one of the address. A window that starts deep inside has nothing behind it: there the
 * way back is laid first, so that it leads to the visit and from there to the list, not out of the app.
 */
export async function layWayBack(router: Router, place: string | null): Promise<void> {
  await router.isReady()
  const to = place ?? router.currentRoute.value.fullPath
  if (router.options.history.state['back'] != null) return
  const [first, ...rest] = wayTo(to)
  if (first !== undefined) await router.replace(first)
  for (const next of rest) await router.push(next)
}
