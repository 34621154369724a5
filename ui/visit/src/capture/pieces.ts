/**
 * The pieces of a recording on their way to the disk: in order, each again until it is there. A piece that cannot be
 * kept now is not lost: it stays here, and the screen says how many wait.
 */
export class Pieces {
  private readonly line: Blob[] = []
  private isRunning = false
  private whenEmpty: Array<() => void> = []

  constructor(
    private readonly append: (piece: Blob) => Promise<void>,
    private readonly told: (waiting: number) => void,
    private readonly pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  /** Takes a piece. */
  push(piece: Blob): void {
    if (piece.size === 0) return
    this.line.push(piece)
    this.told(this.line.length)
    if (!this.isRunning) void this.run()
  }

  /** Resolves when every piece is kept. */
  async emptied(): Promise<void> {
    if (this.line.length === 0 && !this.isRunning) return
    await new Promise<void>((resolve) => this.whenEmpty.push(resolve))
  }

  private async run(): Promise<void> {
    this.isRunning = true
    for (let piece = this.line[0]; piece !== undefined; piece = this.line[0]) {
      try {
        await this.append(piece)
        this.line.shift()
      } catch {
        await this.pause(1_000)
      }
      this.told(this.line.length)
    }
    this.isRunning = false
    const waiting = this.whenEmpty
    this.whenEmpty = []
    for (const resume of waiting) resume()
  }
}
