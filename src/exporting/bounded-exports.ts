import { asError, messageOf, SpanledgerError, Unavailable } from '../errors.ts'
import { schemaOf } from '../store/search-path.ts'
import type { RefusedSpan } from '../transaction/refused-spans.ts'
import type { ExportResult, ItemExporter } from './config/options.ts'
import type { SharedDatabase } from './shared-database.ts'
import { resourcesComplete, type SdkSignal } from './slices.ts'
import type { ExporterMetrics } from './telemetry/metrics.ts'
import { untraced } from './telemetry/suppress-tracing.ts'
import { writeItems } from './write-items.ts'

export interface BoundedExportsOptions<Item> {
  readonly database: SharedDatabase
  readonly signal: SdkSignal<Item>
  readonly metrics: ExporterMetrics
  /** Leaves out items that must not be exported; called where tracing is suppressed. */
  readonly select?: (items: readonly Item[]) => readonly Item[]
}

/**
 * Exports to a shared database with bounds on time and on what waits: exports may overlap, in any number (E7), each ends
 * within the time-out (E4) with one call of its callback (E3), and nothing throws or rejects but `forceFlush` (E2).
 */
export function openBoundedExports<Item extends Described>(options: BoundedExportsOptions<Item>): ItemExporter<Item> {
  const { settings, events, leave } = options.database
  const inFlight = new Set<Promise<ExportResult>>()
  let waitingItems = 0
  let stopped: Promise<void> | undefined

  const refusalOf = (items: readonly Item[]): Error | undefined => {
    if (!Array.isArray(items)) return new TypeError('an array of items is exported')
    if (stopped !== undefined) return new Unavailable('the exporter was shut down: nothing is exported any more')
    if (waitingItems === 0 || waitingItems + items.length <= settings.maxPendingItems) return undefined
    return new Unavailable(
      `concurrent export limit reached: ${waitingItems} spans or records wait to be committed already (maxPendingItems)`,
    )
  }
  const start = async (items: readonly Item[]): Promise<ExportResult> => {
    waitingItems += items.length
    const ended = untraced(() => exportItems(options, items))
    inFlight.add(ended)
    const result = await ended
    waitingItems -= items.length
    inFlight.delete(ended)
    return result
  }

  return {
    export(items, callback) {
      const answer = (result: ExportResult) => callBack(options, callback, result)
      const refusal = refusalOf(items)
      if (refusal !== undefined) answer({ code: 1, error: refusal })
      else if (items.length === 0) answer({ code: 0 })
      else start(items).then(answer)
    },
    async forceFlush() {
      const results = await Promise.all(inFlight)
      const failed = results.find(({ code }) => code === 1)
      if (failed !== undefined) throw failed.error
    },
    shutdown() {
      stopped ??= untraced(async () => {
        const closed = Promise.all(inFlight).then(leave)
        await within(settings.shutdownTimeoutMs, closed).catch((error) => events.warning(messageOf(error)))
      })
      return stopped
    },
  }
}

type Described = Parameters<typeof resourcesComplete>[0][number]

/** One export, from its start to its result; never rejects. */
async function exportItems<Item extends Described>(
  options: BoundedExportsOptions<Item>,
  items: readonly Item[],
): Promise<ExportResult> {
  const { metrics, database } = options
  const { settings, events } = database
  const startMs = performance.now()
  metrics.began(items.length)
  const ended = (rejected: number, error: string | null) =>
    metrics.ended(items.length, { rejected, error, seconds: (performance.now() - startMs) / 1_000 })
  try {
    const refused = await within(settings.timeoutMs, write(options, items))
    if (refused.length > 0) events.warning(refusedLine(refused, schemaOf(settings.tenant)))
    ended(refused.length, null)
    return { code: 0 }
  } catch (thrown) {
    const error = asError(thrown)
    // A SpanledgerError is about the database and was logged where it was noticed.
    if (!(error instanceof SpanledgerError)) events.error(error.message)
    ended(0, error instanceof SpanledgerError ? error.kind : error.name)
    return { code: 1, error }
  }
}

async function write<Item extends Described>(
  { database, signal, select = (all) => all }: BoundedExportsOptions<Item>,
  items: readonly Item[],
): Promise<readonly RefusedSpan[]> {
  await resourcesComplete(items)
  return writeItems(database, signal, select(items))
}

function callBack<Item>(
  { database: { events } }: BoundedExportsOptions<Item>,
  callback: (result: ExportResult) => void,
  result: ExportResult,
): void {
  try {
    callback(result)
  } catch (thrown) {
    events.error(`the callback of an export has thrown: ${messageOf(thrown)}`)
  }
}

/**
 * Rejects after the time limit. The work itself isn't cancelled; its late result, an error too, is ignored. The timer
 * holds no process (E13).
 */
function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Unavailable(`the database did not answer within ${milliseconds} ms`))
    }, milliseconds).unref()
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function refusedLine(refused: readonly RefusedSpan[], schema: string): string {
  const { trace, span, message } = refused[0]!
  const more = refused.length > 1 ? ` And ${refused.length - 1} more.` : ''
  return `refused: ${trace}/${span}: ${message}${more} They are kept in ${schema}.refused_spans.`
}
