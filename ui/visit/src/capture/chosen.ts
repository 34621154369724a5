/** What a file input gave: nothing that could be kept, a photo that was just taken, or one that was there before. */
export type Chosen = 'empty' | 'taken' | 'imported'

/** Clocks of file systems count whole seconds, some of them two. */
const CLOCK_SLACK_MS = 3_000

/** Tells what somebody chose who touched the button at `openedAt`. Cameras that are closed too early leave an empty file. */
export function judgeFile(file: Pick<File, 'size' | 'lastModified'>, openedAt: number, isLibrary: boolean): Chosen {
  if (file.size === 0) return 'empty'
  return isLibrary || file.lastModified < openedAt - CLOCK_SLACK_MS ? 'imported' : 'taken'
}
