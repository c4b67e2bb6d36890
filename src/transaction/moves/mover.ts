import { setTimeout as sleep } from 'node:timers/promises'

/** Moves the rows of traces in the background, one part after the other. */
export interface Mover extends AsyncDisposable {
  /** Begins to move the rows of traces, if it doesn't already. */
  start(traces: Iterable<string>): void
  /**
   * Does work that needs traces when no part of them is being moved: a transaction that waits for the lock of a trace would
   * look for it in memory before the other one has put it back.
   */
  inTurn<T>(traces: Iterable<string>, work: () => Promise<T>): Promise<T>
  /** Resolves when nothing is left to move, or was given up. */
  idle(): Promise<void>
}

/** How often a part is tried before the trace is left to the next receiver that looks for such moves. */
const attempts = 10
const pauseMs = 500

/** Opens a mover. `movePart` moves a part of a trace and resolves to whether another one may be left. Disposing lets the present parts end. */
export function openMover(movePart: (trace: string) => Promise<boolean>): Mover {
  /** By trace that is being moved: the end of the work that has come last. */
  const turns = new Map<string, Promise<unknown>>()
  const running = new Map<string, Promise<void>>()
  let isClosed = false
  const inTurn = <T>(traces: Iterable<string>, work: () => Promise<T>): Promise<T> => {
    if (running.size === 0) return work()
    const moving = [...traces].filter((trace) => running.has(trace))
    if (moving.length === 0) return work()
    const before = moving.map((trace) => turns.get(trace))
    const done = Promise.all(before).then(work)
    const ended = done.catch(() => {})
    for (const trace of moving) turns.set(trace, ended)
    return done
  }
  const run = async (trace: string) => {
    for (let failed = 0; !isClosed && failed < attempts; ) {
      try {
        if (!(await inTurn([trace], () => movePart(trace)))) return
        failed = 0
      } catch {
        failed += 1
        await sleep(pauseMs, undefined, { ref: false })
      }
    }
  }
  return {
    start(traces) {
      for (const trace of traces) {
        if (isClosed || running.has(trace)) continue
        running.set(trace, Promise.resolve())
        running.set(
          trace,
          run(trace).finally(() => {
            running.delete(trace)
            turns.delete(trace)
          }),
        )
      }
    },
    inTurn,
    idle: async () => {
      while (running.size > 0) await Promise.all(running.values())
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await Promise.all(running.values())
    },
  }
}
