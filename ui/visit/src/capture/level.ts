/** How loud it is, from 0 to 1, twenty times a second, until told to stop. */
export function watchLevel(stream: MediaStream, told: (level: number) => void): () => void {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    told(levelOf(samples))
  }, 50)
  return () => {
    clearInterval(timer)
    void context.close()
  }
}

/** The loudness of samples on a scale that follows the ear: −60 dB is 0, full scale is 1. */
export function levelOf(samples: Float32Array): number {
  const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length)
  if (square === 0) return 0
  return Math.min(1, Math.max(0, 1 + (10 * Math.log10(square)) / 60))
}
