interface Detector {
  detect(source: CanvasImageSource): Promise<Array<{ rawValue: string }>>
}
type DetectorMaker = new (options: { formats: string[] }) => Detector

function maker(): DetectorMaker | null {
  const found: unknown = Reflect.get(globalThis, 'BarcodeDetector')
  return typeof found === 'function' ? (found as DetectorMaker) : null
}

/** Whether this browser reads QR codes; where it does not, the text is pasted. */
export const canScan = maker() !== null && typeof navigator !== 'undefined' && !!navigator.mediaDevices

/** Reads the first QR code that a video shows; null when it was told to stop. */
export async function firstCode(video: HTMLVideoElement, isStopped: () => boolean): Promise<string | null> {
  const Detector = maker()
  if (Detector === null) return null
  const detector = new Detector({ formats: ['qr_code'] })
  while (!isStopped()) {
    const codes = await detector.detect(video).catch(() => [])
    const first = codes[0]
    if (first !== undefined && first.rawValue !== '') return first.rawValue
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return null
}
