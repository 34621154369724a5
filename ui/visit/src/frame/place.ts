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
