import type { Errand } from '@hudang/shared/bridge'

/** Of a household that is on nobody's list: what is written down. */
export interface Found {
  head: string
  address: string
  phone: string
}

/** As people write the same: without spaces, whatever the width of digits. */
function folded(text: string | null): string {
  return (text ?? '').normalize('NFKC').replace(/\s+/g, '')
}

/** Whether a telephone number can be one: a mobile of eleven digits, or a fixed line with its area. Empty is none. */
export function isPhone(text: string): boolean {
  const digits = folded(text)
  return digits === '' || /^1[3-9]\d{9}$/.test(digits) || /^0\d{2,3}-?\d{7,8}$/.test(digits)
}

/** The household of the list that this one is: the same head at the same address or with the same telephone. */
export function sameAs(found: Found, errands: Errand[]): Errand | null {
  const head = folded(found.head)
  const isSame = (errand: Errand): boolean => {
    if (folded(errand.head) !== head) return false
    const hasAddress = folded(found.address) !== '' && folded(errand.address) === folded(found.address)
    const hasPhone = folded(found.phone) !== '' && folded(errand.phone) === folded(found.phone)
    return hasAddress || (head !== '' && hasPhone)
  }
  return errands.find(isSame) ?? null
}
