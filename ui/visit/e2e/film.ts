import type { Hand } from './hand'

/** What the camera sees, in pixels. */
const WIDTH = 1280
const HEIGHT = 720

/** A video (YUV4MPEG2, 4:2:0): a table, and on it a sheet of paper with a code, seen by a hand that is not still. */
export async function filmOf(hand: Hand, svg: string): Promise<Buffer> {
  const plane = Buffer.alloc((WIDTH * HEIGHT) / 4, 128)
  const frames = await Promise.all(
    [0.02, 0.07, 0.12, 0.17, 0.1].map(async (turn) =>
      Buffer.concat([Buffer.from('FRAME\n'), Buffer.from(await lumaOf(hand, svg, turn), 'base64'), plane, plane]),
    ),
  )
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), ...frames])
}

function lumaOf(hand: Hand, svg: string, turn: number): Promise<string> {
  return hand.page.evaluate(
    async ({ picture, angle, width, height }) => {
      const image = new Image()
      image.src = URL.createObjectURL(new Blob([picture], { type: 'image/svg+xml' }))
      await image.decode()
      const canvas = new OffscreenCanvas(width, height)
      const context = canvas.getContext('2d')
      if (context === null) throw new Error('no canvas')
      context.fillStyle = '#8a7a66'
      context.fillRect(0, 0, width, height)
      context.translate(width / 2, height / 2)
      context.rotate(angle)
      context.drawImage(image, -280, -280, 560, 560)
      const { data } = context.getImageData(0, 0, width, height)
      let luma = ''
      for (let n = 0; n < data.length; n += 4)
        luma += String.fromCharCode(Math.round(16 + 0.859 * (0.299 * data[n]! + 0.587 * data[n + 1]! + 0.114 * data[n + 2]!)))
      return btoa(luma)
    },
    { picture: svg, angle: turn, width: WIDTH, height: HEIGHT },
  )
}
