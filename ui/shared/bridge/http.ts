import { isDoorError, type Transport } from './transport'
import { Problem, unreachable } from './problem'

/** The door over HTTP on the same origin; the session is a cookie that scripts cannot read. */
export const http: Transport = {
  async call(name, args, bytes) {
    const reply = await reach(name, args, bytes)
    const value: unknown = await reply.json().catch(() => null)
    if (reply.ok) return value
    if (isDoorError(value)) throw new Problem(value)
    throw unreachable()
  },
  blobAddress: (hash) => `/blob/${hash}`,
  thumbnailAddress: (hash, edge) => `/thumbnail/${hash}?edge=${edge}`,
  portraitAddress: (person) => `/portrait/${encodeURIComponent(person)}`,
}

async function reach(name: string, args: unknown, bytes?: Blob): Promise<Response> {
  const text = JSON.stringify(args)
  try {
    if (bytes) {
      const address = `/command/${name}?args=${encodeURIComponent(text)}`
      const headers = { 'content-type': 'application/octet-stream' }
      return await fetch(address, { method: 'POST', body: bytes, headers })
    }
    const headers = { 'content-type': 'application/json' }
    return await fetch(`/command/${name}`, { method: 'POST', body: text, headers })
  } catch {
    throw unreachable()
  }
}
