import type { Socket } from 'node:net'
import type { PgliteThread } from '../thread/pglite-thread.ts'
import type { Statement, StatementFailure } from '../thread/statement-protocol.ts'
import { readFrames, writeFrame } from './framing.ts'
import type { Mutex } from './mutex.ts'
import type { Owner } from './owner.ts'

/** What the owner answers to a peer's command. */
export type ServerAnswer = { readonly rows: object[] } | { readonly error: StatementFailure }

export interface ServeOptions {
  readonly owner: Owner
  readonly turns: Mutex
  readonly engine: () => Promise<PgliteThread>
  /** Whatever a peer does or doesn't do, its turn ends after this time: receivers wait meanwhile. */
  readonly maxHoldMs: number
}

/** A peer waits this long for its turn, in milliseconds. */
const waitMs = 10_000
/** To end a statement costs a new thread, and so seconds: one that begins late in a turn has this long at least. */
const leastStatementMs = 1_000
const rollbackMs = 5_000

/** Serves one peer: a connection is one turn, and whatever it didn't commit is rolled back when it ends. */
export async function serveClient(socket: Socket, options: ServeOptions): Promise<void> {
  const { owner, turns } = options
  // a connection that breaks ends the loop below
  socket.on('error', () => {})
  writeFrame(socket, owner)
  const frames = readFrames(socket)
  const first = await frames.next().catch(() => ({ done: true, value: undefined }))
  if (first.done) return
  const failed = await turns.take(waitMs).then(
    (giveBack) => serveStatements(socket, first.value as Statement, frames, options).finally(giveBack),
    (error: unknown) => errorToFailure(error),
  )
  if (failed !== undefined) writeFrame(socket, { error: failed } satisfies ServerAnswer)
  socket.end()
}

/** Gives why the turn ended, if the peer didn't end it: what it asks next, or waits for, is answered so. */
async function serveStatements(
  socket: Socket,
  first: Statement,
  others: AsyncGenerator<unknown, undefined>,
  { engine, maxHoldMs }: ServeOptions,
): Promise<StatementFailure | undefined> {
  const ends = performance.now() + maxHoldMs
  const left = () => Math.max(leastStatementMs, ends - performance.now())
  // one turn, one engine: a new one would know nothing of what the old one had begun
  const using = engine()
  const answer = async (command: Statement, withinMs: number): Promise<ServerAnswer> => {
    try {
      return { rows: await (await using).send(command, withinMs) }
    } catch (error) {
      return { error: errorToFailure(error) }
    }
  }
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<'over'>((resolve) => {
    timer = setTimeout(resolve, maxHoldMs, 'over')
  })
  try {
    for (let command: unknown = first; command !== undefined; ) {
      writeFrame(socket, await answer(command as Statement, left()))
      const next = await Promise.race([over, others.next()])
      if (next === 'over')
        return errorToFailure(new Error(`a turn at the embedded database ends after ${maxHoldMs} ms`))
      command = next.value
    }
  } catch {
    // the connection is broken: as good as ended
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
