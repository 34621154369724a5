/** Numbers and times as people read them. The phone's zone is the zone of the work. */

/** `14:05`, with the day where it is another one. */
export function timeOf(ms: number, nowMs: number = Date.now()): string {
  const time = new Date(ms)
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`
  return dayOf(ms) === dayOf(nowMs) ? clock : `${dayOf(ms)} ${clock}`
}

/** `2026-11-25` */
export function dayOf(ms: number): string {
  const time = new Date(ms)
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

/** `11-25` of `2026-11-25`, where it is a day of this year: a line of a list has no more room. */
export function shortDayOf(day: string, nowMs: number = Date.now()): string {
  const year = dayOf(nowMs).slice(0, 5)
  return day.startsWith(year) ? day.slice(5) : day
}

/** `2008-10-22 16:29` of what a camera writes, `2008:10:22 16:29:49` (Exif, DateTimeOriginal); other texts as they are. */
export function cameraTimeOf(taken: string): string {
  const parts = /^(\d{4}):(\d{2}):(\d{2}) (\d{2}:\d{2})/.exec(taken)
  return parts === null ? taken : `${parts[1]}-${parts[2]}-${parts[3]} ${parts[4]}`
}

/** `6:12`, or `1:06:12`. */
export function lengthOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = two(seconds % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** `3.2 MB` */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MB`
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`
}

/** Centimetres as metres. */
export function metresOf(centimetres: number): string {
  const metres = centimetres / 100
  return metres < 10 ? metres.toFixed(1) : Math.round(metres).toString()
}

function two(n: number): string {
  return n.toString().padStart(2, '0')
}
