/**
 * Which of a browser's windows works on a visit. Windows see nothing of each other: what the one writes, the other would
 * write over. So one of them has the visit, and the others are told.
 */

/** Whose turn it is, as one window sees it. */
export type Turn = 'mine' | 'elsewhere'

/** What a window has asked for. */
export interface Claim {
  /** Takes the visit from the window that has it; that one is told. */
  take(): void
  /** Lets it go, or waits for it no longer. */
  leave(): void
}

/** Asks for a visit. `told` hears whose turn it is, first once that is known, then whenever it changes. */
export type Ask = (visit: string, told: (turn: Turn) => void) => Claim

/** After how long it is worth asking who has it; within that a page that is loaded anew has let go of what it had. */
const WAIT_MS = 250

/** Within that, whoever has a visit has answered a message. */
const MESSAGE_MS = 120

/** The right way for a browser. */
export function askOf(): Ask {
  // Both are there or not by the browser and by how the page came here; types know only that they may be.
  const { locks } = navigator as { locks?: LockManager }
  if (locks !== undefined) return askByLocks(locks)
  return typeof BroadcastChannel === 'undefined' ? askNobody : askByChannel(MESSAGE_MS)
}

/** A browser in which windows cannot know of each other. */
const askNobody: Ask = (_, told) => {
  told('mine')
  return { take: () => undefined, leave: () => undefined }
}

/**
 * By Web Locks: the browser keeps who has what, so that nothing stands after a kill, and the window that waits goes on by
 * itself when the other one is closed. A lock that is stolen is told to whoever had it, asleep or not.
 */
export function askByLocks(locks: LockManager): Ask {
  return (visit, told) => {
    const name = `hudang.visit.${visit}`
    let isOver = false
    let isMine = false
    let letGo = (): void => undefined
    let waiting = new AbortController()

    const hold = (): Promise<void> | undefined => {
      if (isOver) return undefined
      isMine = true
      told('mine')
      return new Promise((resolve) => (letGo = resolve))
    }
    const lost = (cause: unknown): void => {
      if (isOver) return
      // A page that may not use locks at all has nobody to ask.
      if (!(cause instanceof DOMException && cause.name === 'AbortError')) return told('mine')
      isMine = false
      told('elsewhere')
      wait()
    }
    function wait(): void {
      const { signal } = (waiting = new AbortController())
      locks.request(name, { signal }, hold).catch((cause: unknown) => {
        if (!signal.aborted) lost(cause)
      })
    }
    async function look(): Promise<void> {
      if (isOver || isMine) return
      const { held } = await locks.query()
      if (isOver || isMine) return
      if (held?.some((lock) => lock.name === name)) told('elsewhere')
      else setTimeout(look, WAIT_MS)
    }

    wait()
    setTimeout(() => void look().catch(() => undefined), WAIT_MS)
    return {
      take() {
        waiting.abort()
        locks.request(name, { steal: true }, hold).catch(lost)
      },
      leave() {
        isOver = true
        waiting.abort()
        letGo()
      },
    }
  }
}

/** What windows say to each other about a visit. */
interface Said {
  visit: string
  from: string
  /** Whom an answer is for; what is for nobody is for all. */
  to: string | null
  says: 'asks' | 'has' | 'takes' | 'leaves'
}

/**
 * By messages, where a page has no locks, such as one that came over plain HTTP: whoever has the visit answers who asks.
 * A window that was killed answers nothing and so has nothing.
 */
export function askByChannel(waitMs: number): Ask {
  return (visit, told) => {
    const me = `${Date.now()}-${Math.random()}`
    const channel = new BroadcastChannel('hudang.visit')
    let state: Turn | 'asking' = 'asking'
    let timer: ReturnType<typeof setTimeout> | undefined

    const say = (says: Said['says'], to: string | null = null): void =>
      channel.postMessage({ visit, from: me, to, says } satisfies Said)
    const become = (turn: Turn): void => {
      clearTimeout(timer)
      if (state === turn) return
      state = turn
      told(turn)
    }
    const ask = (): void => {
      state = 'asking'
      say('asks')
      timer = setTimeout(() => become('mine'), waitMs)
    }
    channel.onmessage = ({ data }: MessageEvent<Said>) => {
      if (data.visit !== visit || (data.to !== null && data.to !== me)) return
      if (data.says === 'asks' && (state === 'mine' || (state === 'asking' && me < data.from))) say('has', data.from)
      // Of two that ask at once, the one that began first has it; it may have asked before this one could hear.
      else if (data.says === 'asks' && state === 'asking') become('elsewhere')
      if (data.says === 'has' && state === 'asking') become('elsewhere')
      if (data.says === 'takes') become('elsewhere')
      if (data.says === 'leaves' && state === 'elsewhere') ask()
    }
    let isOver = false
    const leave = (): void => {
      if (isOver) return
      isOver = true
      if (state === 'mine') say('leaves')
      clearTimeout(timer)
      channel.close()
      globalThis.removeEventListener?.('pagehide', leave)
    }
    globalThis.addEventListener?.('pagehide', leave)
    ask()
    return {
      take() {
        say('takes')
        become('mine')
      },
      leave,
    }
  }
}
