import { commandWithBytes, type CodeKinds } from '@hudang/shared/bridge'

/** Whether there may be a camera to look through; where not, the text is pasted. */
export const canScan = typeof navigator !== 'undefined' && !!(navigator.mediaDevices as MediaDevices | undefined)

/** Edge of the square that is looked at, in pixels: an invitation's code has some hundred modules across. */
const EDGE = 720
const PAUSE_MS = 150

/** Reads the first code of some kinds that a video shows; null when it was told to stop. The door reads: web views have no reader of their own. */
export async function firstCode(video: HTMLVideoElement, codes: CodeKinds, isStopped: () => boolean): Promise<string | null> {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = EDGE
  const context = canvas.getContext('2d', { willReadFrequently: true })
  while (context !== null && !isStopped()) {
    const side = Math.min(video.videoWidth, video.videoHeight)
    if (side > 0) {
      const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2]
      context.drawImage(video, left, top, side, side, 0, 0, EDGE, EDGE)
      const grey = greyOf(context.getImageData(0, 0, EDGE, EDGE).data)
      const { text } = await commandWithBytes('code_read', { width: EDGE, codes }, new Blob([grey]))
      if (text !== null) return text
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return null
}

/** The luma of pixels (ITU-R BT.601), one byte each. */
export function greyOf(pixels: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const grey = new Uint8Array(pixels.length / 4)
  for (let n = 0; n < grey.length; n += 1) {
    const [red = 0, green = 0, blue = 0] = [pixels[4 * n], pixels[4 * n + 1], pixels[4 * n + 2]]
    grey[n] = (299 * red + 587 * green + 114 * blue) / 1000
  }
  return grey
}
