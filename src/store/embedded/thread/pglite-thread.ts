import { once } from 'node:events'
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { programFolder } from '../../../program-folder.ts'
import { failureToError, type Statement, type StatementFailure } from './statement-protocol.ts'

/** PGlite in a thread of this process, on the files in a folder that this process owns. */
export interface PgliteThread extends AsyncDisposable {
  /**
   * Runs statements in the order of the calls. PGlite can't be interrupted: a statement that takes longer than `limitMs`
   * (0 means no limit) ends the thread, as a crash would.
   */
  send(statement: Statement, limitMs: number): Promise<object[]>
  /** Whether the thread has ended: every statement is rejected then. */
  readonly hasEnded: () => boolean
}

type ThreadAnswer =
  | { readonly id: number; readonly rows: Record<string, unknown>[]; readonly bytes: readonly string[] }
  | { readonly id: number; readonly error: StatementFailure }

interface PendingStatement {
  readonly resolve: (rows: object[]) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout | undefined
}

/**
 * V8's stack must be full, which ends the thread, before PostgreSQL's own, which lies in the memory of WASM and has no guard at its
 * end: from 4.7 MB on, and seldom with Node's 4, a function that called itself left the thread computing for ever.
 */
export const threadLimits: ResourceLimits = { stackSizeMb: 3 }

/** Starts the thread, which creates the files where there are none. Rejects with the reason where it can't start. */
export async function startPgliteThread(folder: string): Promise<PgliteThread> {
  // the thread needs none of the flags with which this process was started
  const worker = new Worker(new URL('store/embedded/thread/pglite-worker.mjs', programFolder), {
    workerData: { folder },
    execArgv: [],
    resourceLimits: threadLimits,
  })
  const exited = once(worker, 'exit').catch(() => {})
  await Promise.race([
    once(worker, 'message'),
    exited.then(() => Promise.reject(new Error('the thread ended while it started'))),
  ])
  const statements = new PendingStatements(worker)
  worker.on('error', (error) => statements.end(error))
  worker.on('exit', () => statements.end())
  worker.on('message', (answer: ThreadAnswer) => statements.answer(answer))
  return {
    hasEnded: () => statements.hasEnded,
    send: (statement, limitMs) => statements.send(statement, limitMs),
    async [Symbol.asyncDispose]() {
      if (!statements.hasEnded) worker.postMessage({ close: true })
      await exited
    },
  }
}

/** The statements that a thread has not answered yet. */
class PendingStatements {
  hasEnded = false
  readonly #worker: Worker
  readonly #pending = new Map<number, PendingStatement>()
  #reason: Error = threadEnded()
  #lastId = 0

  constructor(worker: Worker) {
    this.#worker = worker
  }

  send(statement: Statement, limitMs: number): Promise<object[]> {
    if (this.hasEnded) return Promise.reject(threadEnded())
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#pending.set(id, { resolve, reject, timer: this.#limit(id, limitMs) })
      this.#worker.postMessage({ id, statement })
    })
  }

  answer(answer: ThreadAnswer): void {
    const { resolve, reject, timer } = this.#pending.get(answer.id)!
    this.#pending.delete(answer.id)
    clearTimeout(timer)
    if ('error' in answer) reject(failureToError(answer.error))
    else resolve(withBuffers(answer))
  }

  end(error: Error = this.#reason): void {
    this.hasEnded = true
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#pending.clear()
  }

  /** Answers that came while this thread was busy are handled before setImmediate: they are in time. */
  #limit(id: number, ms: number): NodeJS.Timeout | undefined {
    return ms > 0 ? setTimeout(() => setImmediate(() => this.#cancel(id, ms)), ms) : undefined
  }

  /** Ends the thread. Its statements are rejected after that: until then, its files must not be opened again. */
  #cancel(id: number, limitMs: number): void {
    if (!this.#pending.has(id)) return
    this.#reason = tookTooLong(limitMs)
    this.#worker.terminate()
  }
}

function threadEnded(): Error {
  return new Error('the thread of the embedded database has ended')
}

/** Makes an error with PostgreSQL's code for a statement that was cancelled. */
function tookTooLong(limitMs: number): Error {
  const message = `it took longer than ${Math.round(limitMs)} ms and was ended: the embedded database does one thing at a time`
  return failureToError({ message, code: '57014', where: undefined })
}

/** Makes Buffers again of bytes, which the other thread has sent as Uint8Arrays. `bytes` names their columns. */
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
