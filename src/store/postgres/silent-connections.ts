import type { Socket } from 'node:net'
import type pg from 'pg'
import { storeStatement } from '../statements.ts'

/**
 * Ends connections on which the server has become silent: its host may have vanished, or the network between, and then no
 * error ever comes. Node can set no time limit of TCP on data that isn't acknowledged, so the server is asked over another
 * connection what it is doing.
 */
export interface SilenceWatch {
  /** Watches a connection for the length of one transaction; a patient one goes on while the server can't be asked. */
  begin(client: pg.PoolClient, isPatient: boolean): WatchedTransaction
  /** Whether a connection was opened before another one was found silent, so that it may be dead as well. */
  isDoubtful(client: pg.PoolClient): boolean
}

/** A transaction whose connection is watched. */
export interface WatchedTransaction extends Disposable {
  /** Counts a statement as unanswered until it is settled. */
  readonly sent: <T>(answer: Promise<T>) => Promise<T>
}

/** How a watch reaches the server. */
export interface SilenceOptions {
  /** Makes another connection to the same address, which is not opened yet. */
  readonly newClient: () => pg.Client
  /** So long may a statement stay unanswered before the server is asked. */
  readonly silentMs?: number
}

/** A pooler gives its own numbers to connections, so that the server can't be asked for one of them. */
const silentBehindPoolerMs = 10_000
const defaultSilentMs = 3_000
const probeTimeoutMs = 2_000

/** Watches the connections of a pool. */
export function watchSilence(pool: pg.Pool, { newClient, silentMs = defaultSilentMs }: SilenceOptions): SilenceWatch {
  const openedMs = new WeakMap<object, number>()
  let lastSilenceMs = Number.NEGATIVE_INFINITY
  pool.on('connect', (client) => openedMs.set(client, performance.now()))
  return {
    isDoubtful: (client) => (openedMs.get(client) ?? 0) < lastSilenceMs,
    begin: (client, isPatient) =>
      watchTransaction(client, silentMs, async (forMs) => {
        if ((await isAtWork(newClient, client, forMs)) ?? isPatient) return false
        lastSilenceMs = performance.now()
        return true
      }),
  }
}

/** Destroys the connection where an answer is missing for so long, and `isSilent` confirms it. */
function watchTransaction(
  client: pg.PoolClient,
  silentMs: number,
  isSilent: (forMs: number) => Promise<boolean>,
): WatchedTransaction {
  const stream = client.connection.stream as Socket
  let unanswered = 0
  let heardMs = performance.now()
  let read = stream.bytesRead
  let timer = setTimeout(check, silentMs / 3)
  let hasEnded = false
  async function check() {
    if (unanswered === 0 || stream.bytesRead !== read) heardMs = performance.now()
    read = stream.bytesRead
    const forMs = performance.now() - heardMs
    const isLost = forMs >= silentMs && (await isSilent(forMs))
    if (hasEnded) return
    if (isLost && unanswered > 0 && stream.bytesRead === read)
      stream.destroy(new Error('the server did not answer, and its connection was given up'))
    else timer = setTimeout(check, silentMs / 3)
  }
  return {
    async sent(answer) {
      if (unanswered++ === 0) heardMs = performance.now()
      try {
        return await answer
      } finally {
        unanswered--
      }
    },
    [Symbol.dispose]() {
      hasEnded = true
      clearTimeout(timer)
    },
  }
}

/**
 * Asks the server whether it is at work for a connection. One that waits for the client has not received the statement, or
 * could not send its answer: its locks are given back at once then. Returns null where the server can't be asked.
 */
async function isAtWork(
  newClient: SilenceOptions['newClient'],
  silent: pg.PoolClient,
  forMs: number,
): Promise<boolean | null> {
  const probe = newClient()
  const giveUp = () => void probe.connection.stream.destroy()
  const timer = setTimeout(giveUp, probeTimeoutMs)
  try {
    await probe.on('error', () => {}).connect()
    const values = [numberOf(silent), (silent.connection.stream as Socket).localPort]
    const { rows } = await probe.query<Activity>(storeStatement('end_silent_connection'), values)
    const { probe: number, working } = rows[0]!
    return number === numberOf(probe) ? working === true : forMs < silentBehindPoolerMs
  } catch (error) {
    // a server that refuses the connection (too many of them) is there
    return error instanceof Error && 'code' in error && /^(53|57)\w{3}$/.test(String(error.code)) ? true : null
  } finally {
    clearTimeout(timer)
    giveUp()
  }
}

/** The number of a connection in `pg_stat_activity`, or a pooler's own. The types of the driver lack it. */
function numberOf(client: object): number {
  return (client as { processID: number }).processID
}

interface Activity {
  readonly probe: number
  /** null: there is no such connection. */
  readonly working: boolean | null
}
