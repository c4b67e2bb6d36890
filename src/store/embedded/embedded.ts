import { existsSync, mkdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import { Misconfigured, messageOf, Unavailable } from '../../errors.ts'
import { type Database, defaultTransactionLimits, type TransactionLimits } from '../database.ts'
import { openClient } from './owner/client.ts'
import { openMutex } from './owner/mutex.ts'
import { claim, connectToOwner } from './owner/owner.ts'
import { serveClient } from './owner/server.ts'
import { type PgliteThread, startPgliteThread } from './thread/pglite-thread.ts'
import { transactionBy } from './thread/statement-protocol.ts'

export interface EmbeddedOptions {
  /** Made where it isn't there. */
  readonly folder: string
  /** Where another process has the folder: an error, or somebody to ask. */
  readonly exclusive: boolean
  /** Told before the database is made, once in a folder's life. What it throws ends the opening. */
  readonly onCreate: () => void
  /** How long another process may have the database at a time. */
  readonly maxHoldMs: number
}

/** A thread that is ended costs everybody seconds: a shorter limit is not worth it. */
const leastStatementMs = 5_000

/**
 * PostgreSQL without a server, in a thread of this process, its files in a folder. One process has the folder; others
 * ask that one through a local socket. There is one connection: transactions come one after the other.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const { folder, exclusive, onCreate, maxHoldMs } = options
  if (!existsSync(path.join(folder, 'database'))) onCreate()
  const description = `the embedded database in ${folder}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const owned = await openOwned(folder, description, maxHoldMs)
    if (owned !== null) return owned
  } catch (error) {
    throw new Misconfigured(`${description} can't be opened: ${messageOf(error)}`, { cause: error })
  }
  if (exclusive) throw new Misconfigured(await inUseMessage(folder))
  return openClient(folder, description)
}

async function openOwned(folder: string, description: string, maxHoldMs: number): Promise<Database | null> {
  const owner = { pid: process.pid, since: new Date().toISOString() }
  const turns = openMutex()
  const peers = new Set<Socket>()
  const claimed = await claim(folder, (socket) => {
    peers.add(socket.on('close', () => peers.delete(socket)))
    serveClient(socket, { owner, turns, engine: current, maxHoldMs }).catch(() => socket.destroy())
  })
  if (claimed === null) return null
  let opening = startPgliteThread(folder)
  // a thread that has ended (out of memory, a bug in it) is replaced: the files are as a crash leaves them
  async function current(): Promise<PgliteThread> {
    const engine = await opening.catch(() => null)
    if (engine === null || engine.ended()) opening = startPgliteThread(folder)
    return opening
  }
  // peers that have come have their turns, each bounded; this one is kept, so that whoever comes now has come too late
  const close = async () => {
    await turns.take(0)
    const engine = await opening.catch(() => null)
    await engine?.[Symbol.asyncDispose]()
    for (const socket of peers) socket.destroy()
    await claimed[Symbol.asyncDispose]()
  }
  await opening.catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    description,
    async transaction(work, limits = defaultTransactionLimits) {
      const giveBack = await turns.take(limits.lockTimeoutMs)
      try {
        const engine = await current().catch((error: unknown) => {
          throw new Unavailable(`${description} can't be opened: ${messageOf(error)}`, { cause: error })
        })
        return await transactionBy((command) => engine.send(command, longestStatement(limits)), work, limits)
      } finally {
        giveBack()
      }
    },
    [Symbol.asyncDispose]: close,
  }
}

function longestStatement({ statementTimeoutMs }: TransactionLimits): number {
  return statementTimeoutMs === 0 ? 0 : Math.max(statementTimeoutMs, leastStatementMs)
}

async function inUseMessage(folder: string): Promise<string> {
  const { owner, socket } = await connectToOwner(folder)
  socket.destroy()
  return `${folder} is in use: process ${owner.pid} has it since ${owner.since}. Stop that one, or give this one another folder (SPANLEDGER_DATA_DIR) or a PostgreSQL (DATABASE_URL).`
}
