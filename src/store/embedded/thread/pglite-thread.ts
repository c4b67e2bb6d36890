import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { failureToError, type Statement, type StatementFailure } from './statement-protocol.ts'

/** PostgreSQL in a thread of this process, on the files in a folder. The folder must be this process's own. */
export interface PgliteThread extends AsyncDisposable {
  /**
   * Commands are answered in their order. PGlite can't be interrupted: one that takes longer than `limitMs` (0: it may)
   * ends the thread, as a crash would.
   */
  send(command: Statement, limitMs: number): Promise<object[]>
  /** Whether the thread has ended; every command is rejected then. */
  readonly ended: () => boolean
}

type Answer =
  | { readonly id: number; readonly rows: Record<string, unknown>[]; readonly bytes: readonly string[] }
  | { readonly id: number; readonly error: StatementFailure }

interface Waiting {
  readonly resolve: (rows: object[]) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout | undefined
}

/** Starts the thread; resolves when it can be asked, rejects with why it can't. Makes the files where there are none. */
export async function startPgliteThread(folder: string): Promise<PgliteThread> {
  // nothing of how this process was started is the thread's concern
  const worker = new Worker(new URL('./pglite-worker.mjs', import.meta.url), { workerData: { folder }, execArgv: [] })
  const waiting = new Map<number, Waiting>()
  let ended = false
  let why = gone()
  let next = 0
  const end = (error: Error) => {
    ended = true
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer)
      reject(error)
    }
    waiting.clear()
  }
  const cancel = (id: number, limitMs: number) => {
    if (!waiting.has(id)) return
    why = tooLong(limitMs)
    // what waits is told when the thread has ended: before that, nobody may open the files
    worker.terminate()
  }
  // an answer that has come while this thread was busy is heard before setImmediate
  const limit = (id: number, ms: number) => (ms > 0 ? setTimeout(() => setImmediate(cancel, id, ms), ms) : undefined)
  const exited = once(worker, 'exit').catch(() => {})
  await Promise.race([
    once(worker, 'message'),
    exited.then(() => Promise.reject(new Error('the thread ended while it started'))),
  ])
  worker.on('error', end)
  worker.on('exit', () => end(why))
  worker.on('message', (answer: Answer) => {
    const { resolve, reject, timer } = waiting.get(answer.id)!
    waiting.delete(answer.id)
    clearTimeout(timer)
    if ('error' in answer) reject(failureToError(answer.error))
    else resolve(withBuffers(answer))
  })
  return {
    ended: () => ended,
    send: (command, limitMs) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(gone())
        const id = ++next
        waiting.set(id, { resolve, reject, timer: limit(id, limitMs) })
        worker.postMessage({ id, command })
      }),
    async [Symbol.asyncDispose]() {
      if (!ended) worker.postMessage({ close: true })
      await exited
    },
  }
}

function gone(): Error {
  return new Error('the thread of the embedded database has ended')
}

/** With the code of PostgreSQL for a statement that was cancelled. */
function tooLong(limitMs: number): Error {
  const message = `it took longer than ${Math.round(limitMs)} ms and was ended: the embedded database does one thing at a time`
  return failureToError({ message, code: '57014', where: undefined })
}

/** Bytes that cross a thread's border are no Buffers any more. */
function withBuffers({ rows, bytes }: { rows: Record<string, unknown>[]; bytes: readonly string[] }): object[] {
  for (const name of bytes) {
    for (const row of rows) row[name] = withBuffer(row[name])
  }
  return rows
}

function withBuffer(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return Array.isArray(value) ? value.map(withBuffer) : value
}
