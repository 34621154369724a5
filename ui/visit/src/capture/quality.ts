/** What a look at a photo says. It is a hint: nothing is refused for it. */
export type Hint = 'blurred' | 'dark'

const EDGE = 320
const DARK_MEAN = 40
const SHARP_VARIANCE = 25

/** Looks at a photo; null where nothing strikes, or where the browser cannot read it. */
export async function lookAt(file: Blob): Promise<Hint | null> {
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height))
    const width = Math.max(3, Math.round(picture.width * scale))
    const height = Math.max(3, Math.round(picture.height * scale))
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = height
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (context === null) return null
    context.drawImage(picture, 0, 0, width, height)
    picture.close()
    return judge(lumaOf(context.getImageData(0, 0, width, height).data), width, height)
  } catch {
    return null
  }
}

/** Luma of RGBA pixels, BT.601. */
export function lumaOf(pixels: Uint8ClampedArray): Float32Array {
  const luma = new Float32Array(pixels.length / 4)
  for (let n = 0; n < luma.length; n += 1) {
    luma[n] = 0.299 * (pixels[4 * n] ?? 0) + 0.587 * (pixels[4 * n + 1] ?? 0) + 0.114 * (pixels[4 * n + 2] ?? 0)
  }
  return luma
}

/** Dark by the mean of the luma, blurred by the variance of its Laplacian. */
export function judge(luma: Float32Array, width: number, height: number): Hint | null {
  const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length
  if (mean < DARK_MEAN) return 'dark'
  const at = (x: number, y: number): number => luma[y * width + x] ?? 0
  let sum = 0
  let squares = 0
  let count = 0
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const edge = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y)
      sum += edge
      squares += edge * edge
      count += 1
    }
  }
  const variance = squares / count - (sum / count) ** 2
  return variance < SHARP_VARIANCE ? 'blurred' : null
}
