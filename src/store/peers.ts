import type { Socket } from 'node:net'
import type { Command, Failure } from './commands.ts'
import type { Engine } from './engine.ts'
import { readFrames, writeFrame } from './frames.ts'
import type { Owner } from './owner.ts'
import type { Turns } from './turns.ts'

/** What the owner answers to a peer's command. */
export type PeerAnswer = { readonly rows: object[] } | { readonly error: Failure }

export interface PeerOptions {
  readonly owner: Owner
  readonly turns: Turns
  readonly engine: () => Promise<Engine>
}

/** A peer waits this long for its turn, in milliseconds. */
const waitMs = 10_000
/** Then the database is its own this long, in milliseconds: receivers wait meanwhile. */
const turnMs = 30_000

/** Serves one peer: a connection is one turn, and whatever it didn't commit is rolled back when it ends. */
export async function servePeer(socket: Socket, { owner, turns, engine }: PeerOptions): Promise<void> {
  // a connection that breaks ends the loop below
  socket.on('error', () => {})
  writeFrame(socket, owner)
  const frames = readFrames(socket)
  const first = await frames.next().catch(() => ({ done: true, value: undefined }))
  if (first.done) return
  const answered = await turns.take(waitMs).then(
    async (giveBack) => {
      await useTurn(socket, first.value as Command, frames, engine).finally(giveBack)
      return undefined
    },
    (error: unknown) => ({ error: failureOf(error) }),
  )
  if (answered !== undefined) writeFrame(socket, answered)
  socket.end()
}

async function useTurn(
  socket: Socket,
  first: Command,
  others: AsyncGenerator<unknown, undefined>,
  engine: () => Promise<Engine>,
): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), turnMs)
  const answer = async (command: Command): Promise<PeerAnswer> => {
    try {
      return { rows: await (await using).send(command) }
    } catch (error) {
      return { error: failureOf(error) }
    }
  }
  // one turn, one engine: a new one would know nothing of what the old one had begun
  const using = engine()
  try {
    writeFrame(socket, await answer(first))
    for await (const command of others) writeFrame(socket, await answer(command as Command))
  } catch {
    // the connection is broken: as good as ended
  } finally {
    clearTimeout(timer)
    await answer({ sql: 'rollback' })
  }
}

function failureOf(error: unknown): Failure {
  const { message, code, where } = error as Error & { code?: string; where?: string }
  return { message, code, where }
}
