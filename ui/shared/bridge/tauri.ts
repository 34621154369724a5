import { convertFileSrc, invoke } from '@tauri-apps/api/core'
import { isDoorError, type Transport } from './transport'
import { Problem, unreachable } from './problem'

/** Android's web view hands no raw body to an app. */
const isAndroid = (): boolean => navigator.userAgent.includes('Android')

function base64Of(bytes: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).split(',', 2)[1] ?? '')
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'))
    reader.readAsDataURL(bytes)
  })
}

/** The door inside the Tauri window: one handler, originals as raw bodies, blobs over the protocol `hudang`. */
export const tauri: Transport = {
  async call(name, args, bytes) {
    try {
      if (bytes) {
        const body = isAndroid() ? { base64: await base64Of(bytes) } : new Uint8Array(await bytes.arrayBuffer())
        const headers = { 'hudang-command': name, 'hudang-args': encodeURIComponent(JSON.stringify(args)) }
        return await invoke('command_with_bytes', body, { headers })
      }
      return await invoke('command', { name, args })
    } catch (cause) {
      throw isDoorError(cause) ? new Problem(cause) : unreachable()
    }
  },
  blobAddress: (hash) => convertFileSrc(`blob/${hash}`, 'hudang'),
  thumbnailAddress: (hash, edge) => `${convertFileSrc(`thumbnail/${hash}`, 'hudang')}?edge=${edge}`,
  portraitAddress: (person) => convertFileSrc(`portrait/${person}`, 'hudang'),
}
