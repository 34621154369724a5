/** A piece, and after how many bytes of the recording it begins. */
interface Piece {
  bytes: Blob
  offset: number
}

/** What became of pieces: kept, waiting to be tried again, or never to be kept. */
export interface Waiting {
  /** Pieces that are not on the disk. */
  pieces: number
  /** Why the first of them is not; null where it was not refused. */
  cause: unknown
}

/**
 * The pieces of a recording on their way to the disk: in order, each again until it is there. A piece that cannot be
 * kept now is not lost: it stays here, and the screen says how many wait. Where none can ever be kept any more, or somebody
 * does not want to wait, the rest is given up and told.
 */
export class Pieces {
  private readonly line: Piece[] = []
  private isRunning = false
  private isOver = false
  private bytes = 0
  private whenEmpty: Array<() => void> = []
  /** Pieces that were given up. */
  lost = 0

  constructor(
    private readonly append: (bytes: Blob, offset: number) => Promise<void>,
    private readonly told: (waiting: Waiting) => void,
    /** Whether a refusal can never pass. */
    private readonly isFinal: (cause: unknown) => boolean = () => false,
    private readonly pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  /** Takes a piece. */
  push(bytes: Blob): void {
    if (bytes.size === 0) return
    if (this.isOver) {
      this.lost += 1
      return
    }
    this.line.push({ bytes, offset: this.bytes })
    this.bytes += bytes.size
    this.told({ pieces: this.line.length, cause: null })
    if (!this.isRunning) void this.run()
  }

  /** Resolves when every piece is kept or given up. */
  async emptied(): Promise<void> {
    if (this.line.length === 0) return
    await new Promise<void>((resolve) => this.whenEmpty.push(resolve))
  }

  /** Gives up what waits, and whatever comes after it. */
  giveUp(): void {
    this.isOver = true
    this.lost += this.line.length
    this.line.length = 0
    this.end()
  }

  private async run(): Promise<void> {
    this.isRunning = true
    for (let piece = this.line[0]; piece !== undefined; piece = this.line[0]) {
      let cause: unknown = null
      try {
        await this.append(piece.bytes, piece.offset)
        if (this.line[0] === piece) this.line.shift()
      } catch (refused) {
        cause = refused
        if (this.isFinal(refused)) this.giveUp()
        else await this.pause(1_000)
      }
      this.told({ pieces: this.line.length, cause })
    }
    this.isRunning = false
    this.end()
  }

  private end(): void {
    const waiting = this.whenEmpty
    this.whenEmpty = []
    for (const resume of waiting) resume()
  }
}
