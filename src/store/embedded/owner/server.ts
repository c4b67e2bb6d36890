import type { Socket } from 'node:net'
import type { PgliteThread } from '../thread/pglite-thread.ts'
import type { Statement, StatementFailure } from '../thread/statement-protocol.ts'
import { readFrames, writeFrame } from './framing.ts'
import type { Mutex } from './mutex.ts'
import type { Owner } from './owner.ts'

/** What the owner answers to a client's statement. */
export type ServerAnswer = { readonly rows: object[] } | { readonly error: StatementFailure }

/** What serving a client needs. */
export interface ServeOptions {
  readonly owner: Owner
  /** Held during a client's transaction. */
  readonly mutex: Mutex
  /** Returns the thread that runs statements now. */
  readonly thread: () => Promise<PgliteThread>
  /** Ends a client's transaction, whatever the client does: receivers wait for the mutex meanwhile. */
  readonly maxHoldMs: number
}

/** How long a client waits for the mutex, in milliseconds. */
const waitMs = 10_000
/** The shortest limit on a statement: enforcing it ends the thread, and starting another takes seconds. */
const leastStatementMs = 1_000
const rollbackMs = 5_000

/** Serves one client. A connection is one transaction: what is not committed when it ends is rolled back. */
export async function serveClient(socket: Socket, options: ServeOptions): Promise<void> {
  const { owner, mutex } = options
  // without a listener the event would end the process; a connection that breaks ends the loop below
  socket.on('error', () => {})
  writeFrame(socket, owner)
  const frames = readFrames(socket)
  const first = await frames.next().catch(() => ({ done: true, value: undefined }))
  if (first.done) return
  const failed = await mutex.acquire(waitMs).then(
    (release) => serveStatements(socket, first.value as Statement, frames, options).finally(release),
    (error: unknown) => errorToFailure(error),
  )
  if (failed !== undefined) writeFrame(socket, { error: failed } satisfies ServerAnswer)
  socket.end()
}

/** Returns why the transaction was ended, unless the client ended it: the client's next statement is answered with it. */
async function serveStatements(
  socket: Socket,
  first: Statement,
  others: AsyncGenerator<unknown, undefined>,
  { thread, maxHoldMs }: ServeOptions,
): Promise<StatementFailure | undefined> {
  const endsMs = performance.now() + maxHoldMs
  const leftMs = () => Math.max(leastStatementMs, endsMs - performance.now())
  // one thread for the whole transaction: another would know nothing of its BEGIN
  const running = thread()
  const answer = async (statement: Statement, withinMs: number): Promise<ServerAnswer> => {
    try {
      return { rows: await (await running).send(statement, withinMs) }
    } catch (error) {
      return { error: errorToFailure(error) }
    }
  }
  let timer: NodeJS.Timeout | undefined
  const timedOut = new Promise<'timed out'>((resolve) => {
    timer = setTimeout(resolve, maxHoldMs, 'timed out')
  })
  try {
    for (let statement: unknown = first; statement !== undefined; ) {
      writeFrame(socket, await answer(statement as Statement, leftMs()))
      const next = await Promise.race([timedOut, others.next()])
      if (next === 'timed out')
        return errorToFailure(new Error(`a turn at the embedded database ends after ${maxHoldMs} ms`))
      statement = next.value
    }
  } catch {
    // the connection broke, which ends the transaction as well
  } finally {
    clearTimeout(timer)
    await answer({ sql: 'rollback' }, rollbackMs)
  }
  return undefined
}

function errorToFailure(error: unknown): StatementFailure {
  const { message, code, where } = error as Error & { code?: string; where?: string }
  return { message, code, where }
}
