import { command, commandWithBytes, Problem, UNREACHABLE, type Kept } from '@hudang/shared/bridge'
import { reactive } from 'vue'
import { watchLevel } from './level'
import { Pieces } from './pieces'

/** Why a recording does not run, or not whole. */
export type RecorderTrouble = 'no-microphone' | 'interrupted' | 'unsupported' | 'cut-off'

interface RecorderState {
  /** The visit that is being recorded; null where none is. */
  visit: string | null
  /** The recording that is being made; any other that is not finished was cut off. */
  recording: string | null
  phase: 'idle' | 'starting' | 'running' | 'stopping'
  elapsedMs: number
  level: number
  silentMs: number
  /** Pieces that are not on the disk. */
  behind: number
  /** Whether the last try to keep one failed. */
  isFailing: boolean
  /** Why it did, in the door's words; null where it does not say. */
  why: string | null
  /** Seconds at the end of the last recording that could not be kept. */
  lostSeconds: number
  trouble: RecorderTrouble | null
}

/** The one recording of this phone. It goes on while screens come and go. */
export const recorder = reactive<RecorderState>({
  visit: null,
  recording: null,
  phase: 'idle',
  elapsedMs: 0,
  level: 0,
  silentMs: 0,
  behind: 0,
  isFailing: false,
  why: null,
  lostSeconds: 0,
  trouble: null,
})

const PIECE_MS = 1_000
const QUIET = 0.12
/** Nothing more of the recording can be kept: it is ended or thrown away, or sound before is missing. */
const FINAL = ['RECORDING-UNKNOWN', 'RECORDING-GAP', 'DOOR-TOO-LARGE']
const TYPES = ['audio/webm;codecs=opus', 'audio/webm', 'audio/mp4', 'audio/ogg;codecs=opus']

interface Running {
  id: string
  media: MediaRecorder
  stream: MediaStream
  pieces: Pieces
  end: Array<() => void>
}
let running: Running | null = null

/** Begins to record: first the store's recording, then the microphone, so that no sound has no place. */
export async function startRecording(visit: string, purpose: string): Promise<void> {
  if (recorder.phase !== 'idle') return
  Object.assign(recorder, { trouble: null, lostSeconds: 0 })
  const type = typeof MediaRecorder === 'undefined' ? undefined : TYPES.find((one) => MediaRecorder.isTypeSupported(one))
  if (type === undefined) {
    recorder.trouble = 'unsupported'
    return
  }
  recorder.phase = 'starting'
  let stream: MediaStream | null = null
  try {
    stream = await microphone()
    if (stream === null) return
    const { recording: id } = await command('recording_start', { visit, purpose })
    run(visit, id, stream, type)
    stream = null
  } finally {
    stream?.getTracks().forEach((track) => track.stop())
    if (running === null) recorder.phase = 'idle'
  }
}

async function microphone(): Promise<MediaStream | null> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false } })
  } catch {
    recorder.trouble = 'no-microphone'
    return null
  }
}

function run(visit: string, id: string, stream: MediaStream, type: string): void {
  const media = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 32_000 })
  const pieces = new Pieces(
    async (piece, offset) => void (await commandWithBytes('recording_append', { recording: id, offset }, piece)),
    ({ pieces: behind, cause }) => told(behind, cause),
    (cause) => cause instanceof Problem && FINAL.includes(cause.code),
  )
  const startedAt = Date.now()
  let loudAt = startedAt
  Object.assign(recorder, { visit, recording: id, phase: 'running', elapsedMs: 0, level: 0, silentMs: 0, behind: 0 })
  const stopLevel = watchLevel(stream, (level) => {
    const now = Date.now()
    if (level > QUIET) loudAt = now
    Object.assign(recorder, { level, silentMs: now - loudAt, elapsedMs: now - startedAt })
  })
  media.addEventListener('dataavailable', (event) => pieces.push(event.data))
  media.addEventListener('error', () => interrupted())
  for (const track of stream.getAudioTracks()) track.addEventListener('ended', interrupted)
  running = { id, media, stream, pieces, end: [stopLevel, keepAwake()] }
  media.start(PIECE_MS)
}

function told(behind: number, cause: unknown): void {
  const isFailing = behind > 0 && (cause !== null || (recorder.isFailing && behind > recorder.behind))
  Object.assign(recorder, { behind, isFailing, why: isFailing ? (wordsOf(cause) ?? recorder.why) : null })
}

/** What the door says of a piece that it did not keep; a door that does not answer says nothing. */
function wordsOf(cause: unknown): string | null {
  return cause instanceof Problem && cause.code !== UNREACHABLE ? cause.message : null
}

/** The platform took the microphone away: what there is, is kept. */
function interrupted(): void {
  if (recorder.phase !== 'running') return
  recorder.trouble = 'interrupted'
  void stopRecording().catch(() => undefined)
}

/**
 * Ends the recording once its last piece is on the disk, or was given up. Where the door does not end it, it stays as one
 * that was cut off, and is offered among those.
 */
export async function stopRecording(): Promise<Kept | null> {
  const current = running
  if (current === null || recorder.phase !== 'running') return null
  recorder.phase = 'stopping'
  if (current.media.state !== 'inactive') {
    const stopped = new Promise<void>((resolve) => current.media.addEventListener('stop', () => resolve(), { once: true }))
    current.media.stop()
    await stopped
  }
  for (const end of current.end) end()
  current.stream.getTracks().forEach((track) => track.stop())
  try {
    await current.pieces.emptied()
    return await command('recording_finish', { recording: current.id })
  } finally {
    running = null
    const lostSeconds = (current.pieces.lost * PIECE_MS) / 1_000
    if (lostSeconds > 0) Object.assign(recorder, { trouble: 'cut-off', lostSeconds })
    Object.assign(recorder, { visit: null, recording: null, phase: 'idle', level: 0, behind: 0, isFailing: false, why: null })
  }
}

/** Somebody does not want to wait any longer for what cannot be kept: what is kept is saved, the rest is told as lost. */
export function stopWaiting(): void {
  if (recorder.phase === 'stopping') running?.pieces.giveUp()
}

/** Keeps the screen on where the platform lets it: many phones stop the microphone when they lock. */
function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null
  let isOver = false
  const ask = (): void => {
    if (isOver || document.visibilityState !== 'visible') return
    navigator.wakeLock?.request('screen').then(
      (got) => {
        if (isOver) void got.release()
        else lock = got
      },
      () => undefined,
    )
  }
  ask()
  document.addEventListener('visibilitychange', ask)
  return () => {
    isOver = true
    document.removeEventListener('visibilitychange', ask)
    void lock?.release()
  }
}
