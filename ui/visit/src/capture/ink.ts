/** A point of a stroke, in the sheet's own pixels. */
export interface Point {
  x: number
  y: number
}

/** Draws strokes on a sheet of paper. */
export function drawInk(canvas: HTMLCanvasElement, strokes: Point[][]): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  context.fillStyle = '#ffffff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  trace(context, strokes, '#000000', Math.max(4, canvas.height / 90))
}

/** Draws strokes on a sheet that a photo is seen through: red, with a white edge that stands out where the photo is red. */
export function drawMarks(canvas: HTMLCanvasElement, strokes: Point[][]): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  context.clearRect(0, 0, canvas.width, canvas.height)
  const width = Math.max(6, Math.max(canvas.width, canvas.height) / 110)
  trace(context, strokes, '#ffffff', width * 1.8)
  trace(context, strokes, '#d50000', width)
}

function trace(context: CanvasRenderingContext2D, strokes: Point[][], colour: string, width: number): void {
  context.strokeStyle = colour
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.lineWidth = width
  for (const stroke of strokes) {
    const [first, ...rest] = stroke
    if (first === undefined) continue
    context.beginPath()
    context.moveTo(first.x, first.y)
    for (const point of rest) context.lineTo(point.x, point.y)
    // A dot is a stroke without length.
    if (rest.length === 0) context.lineTo(first.x + 0.1, first.y)
    context.stroke()
  }
}

/** Whether strokes are more than a touch by mistake: their length in parts of the sheet's width. */
export function isSignature(strokes: Point[][], width: number): boolean {
  let length = 0
  for (const stroke of strokes) {
    for (const [n, point] of stroke.entries()) {
      const before = stroke[n - 1]
      if (before) length += Math.hypot(point.x - before.x, point.y - before.y)
    }
  }
  return length > width * 0.15
}

/** The sheet as a PNG. */
export async function sheetOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('the sheet has no picture')) : resolve(blob)), 'image/png')
  })
}
