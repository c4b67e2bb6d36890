import type { Socket } from 'node:net'
import type { Engine } from '../engine/engine.ts'
import type { Command, Failure } from '../engine/statement-protocol.ts'
import { readFrames, writeFrame } from './framing.ts'
import type { Turns } from './mutex.ts'
import type { Owner } from './owner.ts'

/** What the owner answers to a peer's command. */
export type PeerAnswer = { readonly rows: object[] } | { readonly error: Failure }

export interface PeerOptions {
  readonly owner: Owner
  readonly turns: Turns
  readonly engine: () => Promise<Engine>
  /** Whatever a peer does or doesn't do, its turn ends after this time: receivers wait meanwhile. */
  readonly turnMs: number
}

/** A peer waits this long for its turn, in milliseconds. */
const waitMs = 10_000
/** To end a statement costs a new thread, and so seconds: one that begins late in a turn has this long at least. */
const leastStatementMs = 1_000
const rollbackMs = 5_000

/** Serves one peer: a connection is one turn, and whatever it didn't commit is rolled back when it ends. */
export async function servePeer(socket: Socket, options: PeerOptions): Promise<void> {
  const { owner, turns } = options
  // a connection that breaks ends the loop below
  socket.on('error', () => {})
  writeFrame(socket, owner)
  const frames = readFrames(socket)
  const first = await frames.next().catch(() => ({ done: true, value: undefined }))
  if (first.done) return
  const failed = await turns.take(waitMs).then(
    (giveBack) => useTurn(socket, first.value as Command, frames, options).finally(giveBack),
    (error: unknown) => failureOf(error),
  )
  if (failed !== undefined) writeFrame(socket, { error: failed } satisfies PeerAnswer)
  socket.end()
}

/** Gives why the turn ended, if the peer didn't end it: what it asks next, or waits for, is answered so. */
async function useTurn(
  socket: Socket,
  first: Command,
  others: AsyncGenerator<unknown, undefined>,
  { engine, turnMs }: PeerOptions,
): Promise<Failure | undefined> {
  const ends = performance.now() + turnMs
  const left = () => Math.max(leastStatementMs, ends - performance.now())
  // one turn, one engine: a new one would know nothing of what the old one had begun
  const using = engine()
  const answer = async (command: Command, withinMs: number): Promise<PeerAnswer> => {
    try {
      return { rows: await (await using).send(command, withinMs) }
    } catch (error) {
      return { error: failureOf(error) }
    }
  }
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<'over'>((resolve) => {
    timer = setTimeout(resolve, turnMs, 'over')
  })
  try {
    for (let command: unknown = first; command !== undefined; ) {
      writeFrame(socket, await answer(command as Command, left()))
      const next = await Promise.race([over, others.next()])
      if (next === 'over') return failureOf(new Error(`a turn at the embedded database ends after ${turnMs} ms`))
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

function failureOf(error: unknown): Failure {
  const { message, code, where } = error as Error & { code?: string; where?: string }
  return { message, code, where }
}
