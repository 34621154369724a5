import { convertFileSrc, invoke } from '@tauri-apps/api/core'
import { isDoorError, type Transport } from './transport'
import { Problem, unreachable } from './problem'

/** The door inside the Tauri window: one handler, originals as raw bodies, blobs over the protocol `hudang`. */
export const tauri: Transport = {
  async call(name, args, bytes) {
    try {
      if (bytes) {
        const body = new Uint8Array(await bytes.arrayBuffer())
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
}
