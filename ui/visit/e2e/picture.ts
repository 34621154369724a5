import type { Page } from 'playwright-core'

/** A photo as a camera gives it. */
export interface Photo {
  name: string
  mimeType: string
  buffer: Buffer
}

/** A JPEG that no other seed makes: blocks of colours, drawn by the browser. */
export async function jpeg(page: Page, seed: string): Promise<Photo> {
  const base64 = await page.evaluate(async (text) => {
    const canvas = new OffscreenCanvas(1600, 1200)
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('no canvas')
    let state = [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7)
    const next = (): number => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32
    for (let n = 0; n < 400; n += 1) {
      context.fillStyle = `hsl(${Math.floor(next() * 360)} 60% ${Math.floor(20 + next() * 60)}%)`
      context.fillRect(next() * 1600, next() * 1200, 30 + next() * 300, 30 + next() * 300)
    }
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })
    let binary = ''
    for (const byte of new Uint8Array(await blob.arrayBuffer())) binary += String.fromCharCode(byte)
    return btoa(binary)
  }, seed)
  return { name: 'camera.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') }
}
