import { existsSync, mkdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import { Misconfigured, messageOf, Unavailable } from '../../errors.ts'
import {
  type Database,
  type DatabaseConnections,
  databaseOver,
  defaultTransactionLimits,
  type TransactionLimits,
} from '../database.ts'
import { connectAsClient } from './owner/client.ts'
import { openMutex } from './owner/mutex.ts'
import { claim, connectToOwner } from './owner/owner.ts'
import { serveClient } from './owner/server.ts'
import { checkRoomOnDisk } from './room-on-disk.ts'
import { type PgliteThread, startPgliteThread } from './thread/pglite-thread.ts'
import { type SendStatement, statementBy, transactionBy } from './thread/statement-protocol.ts'

/** How the embedded database is opened. */
export interface EmbeddedOptions {
  /** Holds the files; it is created where it is missing. */
  readonly folder: string
  /** Whether it is an error that another process owns the folder. Otherwise statements are sent to that process. */
  readonly exclusive: boolean
  /** Called before the files are created, once in a folder's life. An error that it throws ends the opening. */
  readonly onCreate: () => void
  /** Called with what the operator must know: the folder is locked less safely than it could be. */
  readonly onWarning?: (text: string) => void
  /** How long a transaction of another process may hold the database. */
  readonly maxHoldMs: number
}

/** The shortest limit on a statement: enforcing it ends the thread, and starting another takes seconds. */
const leastStatementMs = 5_000

/**
 * Opens PostgreSQL without a server: PGlite in a thread of this process, its files in a folder. One process owns the
 * folder; others send their statements to that process through a local socket. There is one connection, so transactions
 * run one after the other.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const { folder, exclusive, onCreate } = options
  if (!existsSync(path.join(folder, 'database'))) onCreate()
  const description = `the embedded database in ${folder}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const owned = await openOwned(options, description)
    if (owned !== null) return databaseOver(owned)
  } catch (error) {
    throw new Misconfigured(`${description} can't be opened: ${messageOf(error)}`, { cause: error })
  }
  if (exclusive) throw new Misconfigured(await inUseMessage(folder))
  return databaseOver(connectAsClient(folder, description, () => openOwned(options, description)))
}

/** Opens the database and serves other processes; returns null where another process owns the folder. */
async function openOwned(
  { folder, exclusive, maxHoldMs, onWarning = () => {} }: EmbeddedOptions,
  description: string,
): Promise<DatabaseConnections | null> {
  const owner = { pid: process.pid, since: new Date().toISOString(), exclusive }
  const mutex = openMutex()
  const clients = new Set<Socket>()
  const onClient = (socket: Socket) => {
    clients.add(socket.on('close', () => clients.delete(socket)))
    serveClient(socket, { owner, mutex, thread: runningThread, maxHoldMs }).catch(() => socket.destroy())
  }
  const claimed = await claim(folder, onClient, onWarning)
  if (claimed === null) return null
  let starting = startPgliteThread(folder)
  // a thread that has ended (out of memory, a bug in PGlite) is replaced: its files are as a crash leaves them
  async function runningThread(): Promise<PgliteThread> {
    const thread = await starting.catch(() => null)
    if (thread === null || thread.hasEnded()) starting = startPgliteThread(folder)
    return starting
  }
  const close = async () => {
    // clients that wait for the mutex are served first; then it is held for good, so that no other transaction starts
    await mutex.acquire(0)
    const thread = await starting.catch(() => null)
    await thread?.[Symbol.asyncDispose]()
    for (const socket of clients) socket.destroy()
    await claimed[Symbol.asyncDispose]()
  }
  await starting.catch(async (error: unknown) => {
    await close()
    throw error
  })
  const locked = async <T>(limits: TransactionLimits, work: (send: SendStatement) => Promise<T>): Promise<T> => {
    const release = await mutex.acquire(limits.lockTimeoutMs)
    try {
      const thread = await runningThread().catch((error: unknown) => {
        throw new Unavailable(`${description} can't be opened: ${messageOf(error)}`, { cause: error })
      })
      return await work((statement) => thread.send(statement, longestStatementMs(limits)))
    } finally {
      release()
    }
  }
  return {
    description,
    transaction: (work, { searchPath, limits = defaultTransactionLimits }) =>
      locked(limits, (send) => transactionBy(send, work, { searchPath, limits })),
    statement: (sql) => locked({ lockTimeoutMs: 0, statementTimeoutMs: 0 }, (send) => statementBy(send, sql)),
    checkRoom: () => checkRoomOnDisk(folder),
    [Symbol.asyncDispose]: close,
  }
}

function longestStatementMs({ statementTimeoutMs }: TransactionLimits): number {
  return statementTimeoutMs === 0 ? 0 : Math.max(statementTimeoutMs, leastStatementMs)
}

async function inUseMessage(folder: string): Promise<string> {
  const { owner, socket } = await connectToOwner(folder)
  socket.destroy()
  return `${folder} is in use: process ${owner.pid} has it since ${owner.since}. Stop that one, or give this one another folder (SPANLEDGER_DATA_DIR) or a PostgreSQL (DATABASE_URL).`
}
