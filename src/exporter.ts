import { requestOf } from './decode/request.ts'
import { decodeSdkRecords, decodeSdkSpans } from './decode/sdk/sdk.ts'
import type { SdkRecord, SdkSpan } from './decode/sdk/sdk-types.ts'
import type { Decoded, Signal } from './decode/span.ts'
import { type Connection, openConnection, type Slice } from './exporting/connection.ts'
import { endpointOf } from './exporting/endpoint.ts'
import { type Outlet, openOutlet } from './exporting/export-loop.ts'
import { openTelling } from './exporting/exporter-events.ts'
import { ownSpans } from './exporting/ignore-own-spans.ts'
import { type Live, openLive } from './exporting/live.ts'
import { openMetrics } from './exporting/metrics.ts'
import type { ExporterOptions, ExportResult, LiveOptions } from './exporting/options.ts'
import { settingsOf } from './exporting/settings.ts'

export type { ExporterOptions, ExportResult, LiveOptions, SdkRecord, SdkSpan }

/** What an app exports is read so many at a time: between two slices the app gets its turn. */
const sliceItems = 64

/** An exporter whose connection others may share. */
const connections = new WeakMap<object, Connection>()

/**
 * A `SpanExporter` that writes the spans of agents' runs as rows into PostgreSQL, as the receiver would if they were
 * sent to it. Register it as `traceExporter` of a NodeSDK, or with a `BatchSpanProcessor`. It may be called from any
 * number of processors at a time. Throws only here, for options that can't be meant; nothing is opened before the first
 * export.
 */
export class PostgresSpanExporter {
  readonly #outlet: Outlet<SdkSpan>

  constructor(options: ExporterOptions = {}) {
    const connection = openConnection(settingsOf(options), openTelling())
    connections.set(this, connection)
    const withoutOwn = ownSpans(connection, endpointOf(connection.settings))
    this.#outlet = openOutlet<SdkSpan>({
      signal: 'traces',
      connection,
      metrics: metricsOf(connection, 'span'),
      slices: (spans) => slicesOf('traces', withoutOwn(spans), decodeSdkSpans),
      completed: resourcesOf,
    })
  }

  /** Calls back once, within the time-out: after COMMIT, or with why not. Never throws. */
  export(spans: SdkSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#outlet.export(spans, resultCallback)
  }

  /** Resolves when all exports that are in flight are committed; rejects with why one isn't. */
  forceFlush(): Promise<void> {
    return this.#outlet.forceFlush()
  }

  /** Takes nothing new, waits for what is in flight, and closes the connections. Resolves in any case, in bounded time. */
  shutdown(): Promise<void> {
    return this.#outlet.shutdown()
  }
}

/**
 * A `LogRecordExporter` for what instrumentations tell in log records (GenAI events), with the promises of
 * `PostgresSpanExporter`. Given one of these in place of options, it shares that one's connections.
 */
export class PostgresLogRecordExporter {
  readonly #outlet: Outlet<SdkRecord>

  constructor(options: ExporterOptions | PostgresSpanExporter = {}) {
    const connection = connectionFor(options)
    this.#outlet = openOutlet<SdkRecord>({
      signal: 'logs',
      connection,
      metrics: metricsOf(connection, 'log'),
      slices: (records) => slicesOf('logs', records, decodeSdkRecords),
      completed: resourcesOf,
    })
  }

  /** Calls back once, within the time-out: after COMMIT, or with why not. Never throws. */
  export(records: SdkRecord[], resultCallback: (result: ExportResult) => void): void {
    this.#outlet.export(records, resultCallback)
  }

  /** Resolves when all exports that are in flight are committed; rejects with why one isn't. */
  forceFlush(): Promise<void> {
    return this.#outlet.forceFlush()
  }

  /** Takes nothing new and waits for what is in flight. Resolves in any case, in bounded time. */
  shutdown(): Promise<void> {
    return this.#outlet.shutdown()
  }
}

/**
 * A `SpanProcessor` beside that of a `PostgresSpanExporter`, whose connections it shares: it writes the spans of a run
 * that are still open after a moment, so that a long run is seen as RUNNING while it runs. Their ends, which come by the
 * exporter, change the same rows.
 */
export class LiveSpanProcessor {
  readonly #live: Live

  constructor(exporter: PostgresSpanExporter, options: LiveOptions = {}) {
    const slices = (spans: readonly SdkSpan[]) => slicesOf('traces', spans, decodeSdkSpans)
    this.#live = openLive(connectionFor(exporter), slices, options)
  }

  onStart(span: SdkSpan): void {
    this.#live.started(span)
  }

  onEnd(span: SdkSpan): void {
    this.#live.ended(span)
  }

  forceFlush(): Promise<void> {
    return this.#live.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#live.shutdown()
  }
}

function connectionFor(options: ExporterOptions | PostgresSpanExporter): Connection {
  if (!(options instanceof PostgresSpanExporter)) return openConnection(settingsOf(options), openTelling())
  const connection = connections.get(options)!
  connection.share()
  return connection
}

function metricsOf({ settings }: Connection, signal: 'span' | 'log') {
  const component = `postgresql_${signal}_exporter`
  return openMetrics({ provider: settings.meterProvider, signal, component, server: endpointOf(settings) })
}

function* slicesOf<Item>(
  signal: Signal,
  items: readonly Item[],
  decode: (items: readonly Item[]) => Decoded,
): Generator<Slice> {
  for (let at = 0; at < items.length; at += sliceItems) {
    const slice = items.slice(at, at + sliceItems)
    yield {
      decoded: decode(slice),
      requestOf: (index) => {
        const { spans, records } = decode([slice[index]!])
        const [item] = [...spans, ...records]
        // an app's object may have changed since it was read
        return item === undefined ? new Uint8Array() : requestOf(signal, item)
      },
    }
  }
}

interface Described {
  readonly resource: {
    readonly asyncAttributesPending?: boolean | undefined
    waitForAsyncAttributes?(): Promise<void>
  }
}

/** Processors wait for the attributes of resources before they export; who calls an exporter directly may not. */
function resourcesOf(items: readonly Described[]): Promise<unknown> | undefined {
  const pending = new Set(items.map(({ resource }) => resource).filter((resource) => resource?.asyncAttributesPending))
  if (pending.size === 0) return undefined
  return Promise.all([...pending].map((resource) => resource.waitForAsyncAttributes?.()))
}
