import pino, { type DestinationStream, type Logger } from 'pino'
import type { Signal } from './decode/span.ts'
import { seldom } from './log-throttle.ts'
import { maskUrl } from './mask-url.ts'
import { prettyLines } from './pretty-log.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** What became of the spans or records of one request (law 6): `received` is the sum of the other five. */
export interface Tally {
  readonly received: number
  readonly committed: number
  readonly unrelated: number
  readonly duplicate: number
  readonly refused: number
  /** Answered as retryable: the sender has them still. */
  readonly givenBack: number
}

/** Everything counted since the start of the process, for the metrics page. A snapshot: it doesn't change any more. */
export interface Counters {
  readonly requests: Readonly<Record<Signal, number>>
  readonly items: Readonly<Record<Signal, Tally>>
  /** Reason (a slug) → spans and records. */
  readonly refused: Readonly<Record<string, number>>
  readonly batches: { readonly count: number; readonly items: number; readonly milliseconds: number }
  readonly databaseAbsences: number
  readonly metricsRequestsDiscarded: number
  /** Requests and connections that were refused as a whole, for good. */
  readonly turnedAway: number
  readonly unpricedCalls: number
  readonly warnings: number
  /** Requests whose tally didn't add up: more than 0 is a bug of ours. */
  readonly unbalanced: number
}

/**
 * One function per thing worth counting or logging. Each counts and logs, so that the two can't drift. None is given
 * an attribute value, a prompt or a secret.
 */
export interface Events {
  started(at: { readonly http: string; readonly grpc: string; readonly database: string }): void
  /** The embedded database is not there yet and is being made: once in a folder's life. */
  makingDatabase(folder: string): void
  /** A request is answered; `tally` is as law 6 wants it. */
  requestAnswered(signal: Signal, tally: Tally): void
  /** A span or record is refused; `reason` is a slug of ours (`invalid-trace-id`). */
  spanRefused(reason: string): void
  /** A transaction is committed. */
  batchCommitted(batch: { readonly items: number; readonly milliseconds: number }): void
  /** May be told often; counted and logged once an absence. `why` is the driver's message. */
  databaseAway(why: string): void
  databaseBack(): void
  /** A request is refused as a whole, for good; `why` is what its sender is told. The same one at most every 10 s. */
  requestTurnedAway(why: string): void
  /** Metrics are accepted and dropped; logged once. */
  metricsDiscarded(): void
  /** A call that no price is known for; logged once a model. */
  unpricedModel(model: string): void
  /** An English sentence for the operator; the same one at most every 10 s. */
  warning(text: string): void
  stopped(): void
  counters(): Counters
}

/** A logger of this level and above, to standard error unless told otherwise: standard output is for people. */
export function createLogger(level: LogLevel, destination: DestinationStream = standardError()): Logger {
  const secret = ['password', 'authorization', 'databaseUrl']
  return pino({ level, base: null, redact: [...secret, ...secret.map((key) => `*.${key}`)] }, destination)
}

/** Readable lines on a terminal, in colour unless NO_COLOR is set; JSON lines for a file or a program. */
function standardError(): DestinationStream {
  const { stderr } = process
  return stderr.isTTY ? prettyLines(stderr, stderr.hasColors()) : pino.destination({ dest: 2, sync: true })
}

/** `clock` gives milliseconds; only the limits on repeated lines look at it. */
export function createEvents(logger: Logger, clock: () => number = Date.now): Events {
  const counted = zero()
  const refusals = seldom(clock)
  const turnedAway = seldom(clock)
  const warnings = seldom(clock)
  const unpriced = new Set<string>()
  let awaySince: number | null = null

  return {
    started: (at) =>
      logger.info({ ...at, database: at.database.includes('://') ? maskUrl(at.database) : at.database }, 'started'),
    makingDatabase: (folder) =>
      logger.info({ folder }, 'making the embedded database: this happens once and takes some seconds'),
    requestAnswered(signal, tally) {
      counted.requests[signal]++
      for (const key of tallyKeys) counted.items[signal][key] += tally[key]
      logger.debug({ signal, ...tally }, 'request answered')
      if (balances(tally)) return
      counted.unbalanced++
      logger.error({ signal, ...tally }, 'a request is answered, but what became of its spans does not add up')
    },
    spanRefused(reason) {
      counted.refused.set(reason, (counted.refused.get(reason) ?? 0) + 1)
      const count = refusals(reason)
      if (count > 0) logger.warn({ reason, count }, 'refused')
    },
    batchCommitted({ items, milliseconds }) {
      counted.batches.count++
      counted.batches.items += items
      counted.batches.milliseconds += milliseconds
      logger.debug({ items, milliseconds }, 'committed')
    },
    databaseAway(why) {
      if (awaySince !== null) return
      awaySince = clock()
      counted.databaseAbsences++
      logger.error({ why }, 'the database is away; senders are asked to try again')
    },
    databaseBack() {
      if (awaySince === null) return
      logger.info({ awayMilliseconds: clock() - awaySince }, 'the database is back')
      awaySince = null
    },
    requestTurnedAway(why) {
      counted.turnedAway++
      const count = turnedAway(why)
      if (count > 0) logger.warn({ why, count }, 'a request is refused for good: its sender drops what was in it')
    },
    metricsDiscarded() {
      if (counted.metricsRequestsDiscarded++ === 0)
        logger.info('metrics are accepted and dropped: only traces and logs make rows')
    },
    unpricedModel(model) {
      counted.unpricedCalls++
      // Model names come from senders: what is remembered of them is bounded.
      if (unpriced.has(model) || unpriced.size >= maxRemembered) return
      unpriced.add(model)
      logger.warn(
        { model },
        'no price is known for this model: its calls cost 0, marked unpriced (SPANLEDGER_PRICES adds prices)',
      )
    },
    warning(text) {
      counted.warnings++
      const count = warnings(text)
      if (count > 0) logger.warn({ count }, text)
    },
    stopped: () => logger.info('stopped'),
    counters: () => snapshot(counted),
  }
}

const tallyKeys = ['received', 'committed', 'unrelated', 'duplicate', 'refused', 'givenBack'] as const
const maxRemembered = 1000

function balances(tally: Tally): boolean {
  return tally.received === tally.committed + tally.unrelated + tally.duplicate + tally.refused + tally.givenBack
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function zeroTally(): Mutable<Tally> {
  return { received: 0, committed: 0, unrelated: 0, duplicate: 0, refused: 0, givenBack: 0 }
}

function zero() {
  return {
    requests: { traces: 0, logs: 0 } satisfies Record<Signal, number>,
    items: { traces: zeroTally(), logs: zeroTally() } satisfies Record<Signal, Tally>,
    refused: new Map<string, number>(),
    batches: { count: 0, items: 0, milliseconds: 0 },
    databaseAbsences: 0,
    metricsRequestsDiscarded: 0,
    turnedAway: 0,
    unpricedCalls: 0,
    warnings: 0,
    unbalanced: 0,
  }
}

function snapshot(counted: ReturnType<typeof zero>): Counters {
  return structuredClone({ ...counted, refused: Object.fromEntries(counted.refused) })
}
