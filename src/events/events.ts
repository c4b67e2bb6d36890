import pino, { type DestinationStream, type Logger } from 'pino'
import type { AlertChange } from '../budgets/alerts.ts'
import { spentOf } from '../budgets/budget.ts'
import type { WebhookOutcome } from '../budgets/delivery.ts'
import { exactUsd } from '../columns.ts'
import type { Signal } from '../decode/span.ts'
import { messageOf } from '../errors.ts'
import { maskUrl } from '../mask-url.ts'
import { type Metrics, openMetrics } from '../metrics/registry.ts'
import type { CostGap } from '../settle/share/cost-gaps.ts'
import { type CountOptions, countEvents } from './count-events.ts'
import { onlyOnce, summingThrottle, throttle } from './log-throttle.ts'
import { prettyLines } from './pretty-log.ts'
import { type AnswerDetails, balances, type Tally } from './tally.ts'

/** The levels of the log, and `silent`. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** One function for each thing worth logging or counting. None is given an attribute value, a prompt or a secret. */
export interface Events {
  started(at: { readonly http: string; readonly grpc: string; readonly database: string }): void
  /** The embedded database is made, because the folder has none yet. */
  makingDatabase(folder: string): void
  /** A request is answered. */
  requestAnswered(signal: Signal, tally: Tally, details: AnswerDetails): void
  /** The dialects that recognised so many items of a request; '' for those that none recognised. */
  dialectsSeen(counts: ReadonlyMap<string, number>): void
  /** A span or record is refused; `reason` is a slug (`invalid-trace-id`). */
  spanRefused(reason: string): void
  /** A transaction is committed. */
  batchCommitted(batch: { readonly items: number; readonly milliseconds: number }): void
  /** So many secrets were replaced, by pattern; `failed` for texts that could not be redacted. */
  redacted(counts: ReadonlyMap<string, number>): void
  /** The database has answered a statement that locks rows; `lock` names which. */
  rowsLocked(lock: string, milliseconds: number): void
  /**
   * A database can't be reached. May be called often; logged once an absence. `why` is the driver's message, `server`
   * names the server of tenants that have one of their own.
   */
  databaseAway(why: string, server?: string): void
  databaseBack(server?: string): void
  /** A whole request is refused for good; `why` is the message to its sender. The same one is logged at most every 10 s. */
  requestRefused(why: string): void
  /** Metrics are accepted and dropped; logged once. */
  metricsDiscarded(): void
  /** Calls are missing in the sums of money; logged at most once an hour for each model, with all calls since. */
  costGap(gap: CostGap): void
  /** An attribute looks like usage and no dialect reads it; logged once for each name and origin. */
  unreadUsage(attribute: string, origin: string): void
  /** An English sentence for the operator; the same one is logged at most every 10 s. */
  warning(text: string): void
  /** An error that no part of the program throws on purpose: a bug. `place` says where, without the error's message. */
  unexpected(place: string): void
  /** An alert of a budget is reached, or withdrawn. */
  budgetAlert(tenant: string, change: AlertChange): void
  /** Budgets were checked; `failure` is why they could not be. */
  budgetsChecked(milliseconds: number, failure: Error | null): void
  /** A webhook was sent, or could not be: `why` is a status or the code of an error. */
  webhookAttempted(outcome: WebhookOutcome, why: string): void
  /** A turn of the hourly maintenance has ended. */
  maintained(failures: number): void
  stopped(): void
}

/** A logger of this level and above. It writes to standard error by default, because standard output is for people. */
export function createLogger(level: LogLevel, destination: DestinationStream = standardError()): Logger {
  const secret = ['password', 'authorization', 'databaseUrl']
  return pino({ level, base: null, redact: [...secret, ...secret.map((key) => `*.${key}`)] }, destination)
}

/** Readable lines on a terminal, in colour unless NO_COLOR is set; JSON lines for a file or a program. */
function standardError(): DestinationStream {
  const { stderr } = process
  return stderr.isTTY ? prettyLines(stderr, stderr.hasColors()) : pino.destination({ dest: 2, sync: true })
}

const unpricedText =
  'no price is known for this model: its calls cost 0, marked unpriced (SPANLEDGER_PRICES adds prices)'
const redactionFailed =
  'texts could not be redacted, and are stored as [redaction failed]: see whether a custom pattern is too slow for them'
const uncountedText =
  "calls of this model were answered, and nothing says what they used: they are in no sum, marked uncounted_calls (OpenAI's streams need include_usage)"

const alertReached = 'a budget alert: so many percent of the limit are spent'
const alertWithdrawn = 'a budget alert is withdrawn: calls have moved away, and less is spent than it said'
const webhookRetried = 'a webhook of a budget alert was not taken, and is sent again'
const webhookFailed =
  'a webhook of a budget alert was not taken, and is given up: the row in budget_alerts says which, and `spanledger budgets` lists them'

/** What is logged of an alert. A user is not named. */
function alertFields(tenant: string, { budget, name, start, spent, threshold, id }: AlertChange): object {
  const { per, period, limit } = budget
  const amounts = (amount: bigint) => (limit.unit === 'usd' ? `$${exactUsd(amount)}` : `${amount} tokens`)
  return {
    ...{ budget: budget.name, tenant: tenant || 'default', per, ...(per !== 'user' && { value: name }), period, start },
    ...{ percent: threshold, limit: amounts(limit.amount), spent: amounts(spentOf(limit.unit, spent)), alert: id },
  }
}

/** Where events are counted, and how they are dated. */
export interface EventsOptions extends Partial<CountOptions> {
  readonly metrics?: Metrics
}

/** Events that are logged and counted. `clock` gives milliseconds. */
export function createEvents(
  logger: Logger,
  { metrics = openMetrics(), clock = Date.now, countTenants = 0 }: EventsOptions = {},
): Events {
  const counted = countEvents(metrics, { clock, countTenants })
  const refusals = throttle(clock)
  const refusedRequests = throttle(clock)
  const warnings = throttle(clock)
  const gapSums = summingThrottle<{ calls: number; tokens: number }>(1000, clock)
  const isNewAttribute = onlyOnce(1000)
  let metricsSeen = false
  const awaySince = new Map<string | undefined, number>()

  return {
    started: (at) =>
      logger.info({ ...at, database: at.database.includes('://') ? maskUrl(at.database) : at.database }, 'started'),
    makingDatabase: (folder) =>
      logger.info({ folder }, 'making the embedded database: this happens once and takes some seconds'),
    requestAnswered(signal, tally, details) {
      counted.requestAnswered(signal, tally, details)
      logger.debug({ signal, ...tally }, 'request answered')
      if (balances(tally)) return
      counted.unbalanced()
      logger.error(
        { signal, ...tally },
        'a request is answered, but what became of its spans does not add up: please report it, the ledger may lack some',
      )
    },
    dialectsSeen: counted.dialectsSeen,
    spanRefused(reason) {
      const count = refusals(reason)
      if (count > 0)
        logger.warn({ reason, count }, 'refused: `spanledger refused list` shows them, with what is wrong with each')
    },
    batchCommitted(batch) {
      counted.batchCommitted(batch)
      logger.debug(batch, 'committed')
    },
    rowsLocked: counted.rowsLocked,
    redacted(counts) {
      counted.redacted(counts)
      const failures = counts.get('failed') ?? 0
      const count = failures === 0 ? 0 : warnings(redactionFailed)
      if (count > 0) logger.warn({ count }, redactionFailed)
    },
    databaseAway(why, server) {
      if (awaySince.has(server)) return
      awaySince.set(server, clock())
      counted.databasesAway(awaySince.size)
      logger.error({ why, server }, 'the database is away; senders are asked to try again')
    },
    databaseBack(server) {
      const since = awaySince.get(server)
      if (since === undefined) return
      logger.info({ awayMilliseconds: clock() - since, server }, 'the database is back')
      awaySince.delete(server)
      counted.databasesAway(awaySince.size)
    },
    requestRefused(why) {
      const count = refusedRequests(why)
      if (count > 0) logger.warn({ why, count }, 'a request is refused for good: its sender drops what was in it')
    },
    metricsDiscarded() {
      if (metricsSeen) return
      metricsSeen = true
      logger.info('metrics are accepted and dropped: only traces and logs make rows')
    },
    costGap(gap) {
      counted.costGap(gap)
      const { why, model, calls, tokens } = gap
      const sums = gapSums(`${why} ${model}`, { calls, tokens })
      if (sums === null) return
      if (why === 'unpriced') logger.warn({ model, ...sums }, unpricedText)
      else logger.warn({ model, calls: sums.calls }, uncountedText)
    },
    unreadUsage(attribute, origin) {
      if (!isNewAttribute(`${attribute} ${origin}`)) return
      counted.unreadUsage()
      logger.warn(
        { attribute, origin },
        'no dialect reads this attribute, which looks like usage: if it is, the setting attributes says which',
      )
    },
    warning(text) {
      counted.warning()
      const count = warnings(text)
      if (count > 0) logger.warn({ count }, text)
    },
    unexpected(place) {
      counted.unexpected()
      const count = warnings(place)
      if (count > 0)
        logger.error({ count }, `unexpected: please report this bug; its sender was asked to try again: ${place}`)
    },
    budgetAlert(tenant, change) {
      counted.budgetAlert(change)
      logger.warn(alertFields(tenant, change), change.isReached ? alertReached : alertWithdrawn)
    },
    budgetsChecked(milliseconds, failure) {
      counted.budgetsChecked(milliseconds, failure)
      if (failure === null) return
      const text = `budgets could not be checked, and are checked again: ${messageOf(failure)}`
      const count = warnings(text)
      if (count > 0) logger.warn({ count }, text)
    },
    webhookAttempted(outcome, why) {
      counted.webhookAttempted(outcome)
      if (outcome === 'sent') return
      const count = warnings(`webhook ${outcome} ${why}`)
      if (count > 0) logger.warn({ why, count }, outcome === 'retried' ? webhookRetried : webhookFailed)
    },
    maintained: counted.maintained,
    stopped: () => logger.info('stopped'),
  }
}
