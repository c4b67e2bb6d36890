import type { Signal } from '../decode/span.ts'
import { asError, messageOf, SpanledgerError, Unavailable } from '../errors.ts'
import type { RefusedSpan } from '../transaction/refused.ts'
import type { Connection, Slice } from './connection.ts'
import type { ExporterMetrics } from './metrics.ts'
import type { ExportResult } from './options.ts'
import { untraced } from './suppress-tracing.ts'

export interface OutletOptions<Item> {
  readonly signal: Signal
  readonly connection: Connection
  readonly metrics: ExporterMetrics
  /** Reads what the SDK handed over, slice by slice. */
  readonly slices: (items: readonly Item[]) => Iterable<Slice>
  /** Resolves when the resources of these are complete; undefined where they are. */
  readonly completed: (items: readonly Item[]) => Promise<unknown> | undefined
}

/** What an exporter does for the SDK, whatever it exports. Nothing of it throws, and nothing rejects but `forceFlush`. */
export interface Outlet<Item> {
  export(items: readonly Item[], callback: (result: ExportResult) => void): void
  /** Resolves when what is in flight is committed; rejects with the first reason why something isn't. */
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/**
 * Exports may overlap, and there may be any number of them: what waits is bounded, and the spans of all become few
 * transactions. Each ends within the time-out, with one call of its callback.
 */
export function openOutlet<Item>(options: OutletOptions<Item>): Outlet<Item> {
  const { connection, metrics } = options
  const { settings, telling } = connection
  const inFlight = new Set<Promise<ExportResult>>()
  let waiting = 0
  let stopped: Promise<void> | undefined

  const tell = (callback: (result: ExportResult) => void, result: ExportResult) => {
    try {
      callback(result)
    } catch (thrown) {
      telling.error(`the callback of an export has thrown: ${messageOf(thrown)}`)
    }
  }

  const attempt = async (items: readonly Item[]): Promise<ExportResult> => {
    const started = performance.now()
    waiting += items.length
    metrics.began(items.length)
    const done = (result: ExportResult, rejected = 0) => {
      waiting -= items.length
      const error = result.error === undefined ? null : typeOf(result.error)
      metrics.ended(items.length, { rejected, error, seconds: (performance.now() - started) / 1_000 })
      return result
    }
    try {
      const refused = await within(settings.timeoutMs, write(options, items))
      if (refused.length > 0) telling.warning(toldOf(refused))
      return done({ code: 0 }, refused.length)
    } catch (thrown) {
      const error = asError(thrown)
      // what is the matter with the database is told once, where it is seen
      if (!(error instanceof SpanledgerError)) telling.error(error.message)
      return done({ code: 1, error })
    }
  }

  return {
    export: (items, callback) => {
      const answer = (result: ExportResult) => tell(callback, result)
      if (!Array.isArray(items)) return answer({ code: 1, error: new TypeError('an array of items is exported') })
      const refusal = stopped === undefined ? tooMany(waiting, items.length, settings.maxPendingItems) : shutDown()
      if (refusal !== undefined) return answer({ code: 1, error: refusal })
      if (items.length === 0) return answer({ code: 0 })
      const ended = untraced(() => attempt(items))
      inFlight.add(ended)
      ended.then((result) => {
        inFlight.delete(ended)
        answer(result)
      })
    },
    forceFlush: async () => {
      const results = await Promise.all(inFlight)
      const failed = results.find(({ code }) => code === 1)
      if (failed !== undefined) throw failed.error
    },
    shutdown: () => {
      stopped ??= untraced(async () => {
        const all = Promise.all(inFlight).then(() => connection.leave())
        await within(settings.shutdownTimeoutMs, all).catch((error: unknown) => telling.warning(messageOf(error)))
      })
      return stopped
    },
  }
}

async function write<Item>(
  { signal, connection, slices, completed }: OutletOptions<Item>,
  items: readonly Item[],
): Promise<readonly RefusedSpan[]> {
  await completed(items)
  return connection.write(signal, slices(items))
}

function tooMany(waiting: number, more: number, most: number): Error | undefined {
  if (waiting === 0 || waiting + more <= most) return undefined
  return new Unavailable(
    `concurrent export limit reached: ${waiting} spans or records wait to be committed already (maxPendingItems)`,
  )
}

function shutDown(): Error {
  return new Unavailable('the exporter was shut down: nothing is exported any more')
}

/** What takes longer goes on, and whatever becomes of it then is nobody's concern. A timer holds no process. */
function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Unavailable(`the database did not answer within ${milliseconds} ms`))
    }, milliseconds).unref()
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** A class of errors, for counting. */
function typeOf(error: Error): string {
  return error instanceof SpanledgerError ? error.kind : error.name
}

function toldOf(refused: readonly RefusedSpan[]): string {
  const { trace, span, message } = refused[0]!
  const more = refused.length > 1 ? ` And ${refused.length - 1} more.` : ''
  return `refused: ${trace}/${span}: ${message}${more} They are kept in spanledger.refused_spans.`
}
