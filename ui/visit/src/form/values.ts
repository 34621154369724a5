import type { InputKind, Scalar } from '@hudang/shared/bridge'

/** An entry that cannot be sent as an answer yet, or the answer. */
export type Parsed = { ok: true; value: Scalar } | { ok: false }

/** What somebody typed, as an answer of the question's type. Rules of the form stay with the form. */
export function parseEntry(input: InputKind, text: string): Parsed {
  const plain = halfWidth(text).trim()
  if (plain === '') return { ok: true, value: null }
  switch (input) {
    case 'integer': {
      if (!/^-?\d{1,15}$/.test(plain)) return { ok: false }
      return { ok: true, value: Number(plain) }
    }
    case 'decimal':
      return /^-?(\d+(\.\d*)?|\.\d+)$/.test(plain) ? { ok: true, value: plainDecimal(plain) } : { ok: false }
    case 'date': {
      const date = parseDate(plain)
      return date === null ? { ok: false } : { ok: true, value: date }
    }
    case 'time':
    case 'date_time':
      // The browser's field gives minutes; an answer is to the second.
      return { ok: true, value: /^(.+T)?\d{2}:\d{2}$/.test(plain) ? `${plain}:00` : plain }
    default:
      return { ok: true, value: text.trim() }
  }
}

/** Digits and signs of a Chinese keyboard as those of any other. */
export function halfWidth(text: string): string {
  return text
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[．。]/g, '.')
    .replace(/[－—]/g, '-')
}

/** A number without zeros that say nothing. */
export function plainDecimal(text: string): string {
  const sign = text.startsWith('-') ? '-' : ''
  const [whole = '', part = ''] = text.replace('-', '').split('.')
  const digits = whole.replace(/^0+(?=\d)/, '') || '0'
  const rest = part.replace(/0+$/, '')
  return rest === '' ? `${sign}${digits}` : `${sign}${digits}.${rest}`
}

/** `19580312`, `1958-3-12`, `1958.3.12`, `1958年3月12日` → `1958-03-12`; null where there is no such day. */
export function parseDate(text: string): string | null {
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? /^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?$/.exec(text)
  if (found === null) return null
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  return date.toISOString().slice(0, 10)
}

/** A day in the lunar calendar, e.g. `1958年正月廿二`; null where the browser does not know it. */
export function lunarOf(date: string): string | null {
  if (parseDate(date) === null) return null
  try {
    const parts = new Intl.DateTimeFormat('zh-CN-u-ca-chinese', { dateStyle: 'long', timeZone: 'UTC' }).formatToParts(
      new Date(`${date}T00:00:00Z`),
    )
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? ''
    const month = part('month')
    const day = part('day')
    if (month === '' || day === '') return null
    // Browsers give the day as a number or, newer ones, in words.
    return `${part('relatedYear')}年${month}${/^\d+$/.test(day) ? lunarDay(Number(day)) : day}`
  } catch {
    return null
  }
}

function lunarDay(day: number): string {
  const digits = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十']
  const digit = digits[(day - 1) % 10] ?? ''
  if (day <= 10) return `初${digit}`
  if (day < 20) return `十${digit}`
  if (day === 20) return '二十'
  return day === 30 ? '三十' : `廿${digit}`
}

/** Ten thousands, where a number has so many digits that they are miscounted. */
export function inTenThousands(text: string): string | null {
  const number = Number(text)
  if (!Number.isFinite(number) || Math.abs(number) < 10_000) return null
  return String(Math.round(number) / 10_000)
}

/** A place as people compare it, `41.093700, 111.451700`, and how many metres it may be off; null where the text is no place. */
export function placeOf(value: string): { reads: string; accuracyMetres: number } | null {
  const [lat, lon, , accuracy] = value.split(' ')
  if (!lat || !lon || !Number.isFinite(Number(lat)) || !Number.isFinite(Number(lon))) return null
  return { reads: `${Number(lat).toFixed(6)}, ${Number(lon).toFixed(6)}`, accuracyMetres: Math.round(Number(accuracy ?? 0)) }
}
