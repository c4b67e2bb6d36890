import type { SdkRecord, SdkSpan } from './decode/sdk/sdk-types.ts'
import { openBoundedExports } from './exporting/bounded-exports.ts'
import { endpointOf } from './exporting/config/endpoint.ts'
import type { ExporterOptions, ExportResult, LiveOptions } from './exporting/config/options.ts'
import { settingsOf } from './exporting/config/settings.ts'
import { type LiveSpans, openLiveSpans } from './exporting/live-spans.ts'
import { SdkExporter } from './exporting/sdk-exporter.ts'
import { openSharedDatabase, type SharedDatabase } from './exporting/shared-database.ts'
import { sdkRecords, sdkSpans } from './exporting/slices.ts'
import { createExporterEvents } from './exporting/telemetry/exporter-events.ts'
import { withoutOwnSpans } from './exporting/telemetry/ignore-own-spans.ts'
import { openMetrics } from './exporting/telemetry/metrics.ts'
import { schemaOf } from './store/search-path.ts'

export type { ExporterOptions, ExportResult, LiveOptions, SdkRecord, SdkSpan }

/** The database of each exporter, which others may share. */
const databases = new WeakMap<PostgresSpanExporter, SharedDatabase>()

/**
 * A `SpanExporter` that writes the spans of agents' runs as rows into PostgreSQL, as the receiver would if they were
 * sent to it (E34). Register it as `traceExporter` of a NodeSDK, or with a `BatchSpanProcessor` (E28). It may be called
 * from any number of processors at a time. The constructor throws for options that can't be meant, and nothing else
 * does; nothing is opened before the first export (E31).
 */
export class PostgresSpanExporter extends SdkExporter<SdkSpan> {
  constructor(options: ExporterOptions = {}) {
    const database = openDatabase(options)
    const select = withoutOwnSpans(database.events, endpointOf(database.settings))
    super(openBoundedExports({ database, signal: sdkSpans, metrics: metricsOf(database, 'span'), select }))
    databases.set(this, database)
  }
}

/**
 * A `LogRecordExporter` for what instrumentations put into log records (GenAI events), with the promises of
 * `PostgresSpanExporter`. Given one of these in place of options, it shares that one's connections.
 */
export class PostgresLogRecordExporter extends SdkExporter<SdkRecord> {
  constructor(options: ExporterOptions | PostgresSpanExporter = {}) {
    const database = options instanceof PostgresSpanExporter ? shareDatabaseOf(options) : openDatabase(options)
    super(openBoundedExports({ database, signal: sdkRecords, metrics: metricsOf(database, 'log') }))
  }
}

/**
 * A `SpanProcessor` beside that of a `PostgresSpanExporter`, whose connections it shares: it writes the spans of a run
 * that are still open after a moment, so that a long run is seen as RUNNING while it runs. Their ends, which come by the
 * exporter, change the same rows.
 */
export class LiveSpanProcessor {
  readonly #liveSpans: LiveSpans

  constructor(exporter: PostgresSpanExporter, options: LiveOptions = {}) {
    this.#liveSpans = openLiveSpans(shareDatabaseOf(exporter), options)
  }

  onStart(span: SdkSpan): void {
    this.#liveSpans.started(span)
  }

  onEnd(span: SdkSpan): void {
    this.#liveSpans.ended(span)
  }

  forceFlush(): Promise<void> {
    return this.#liveSpans.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#liveSpans.shutdown()
  }
}

function openDatabase(options: ExporterOptions): SharedDatabase {
  const settings = settingsOf(options)
  return openSharedDatabase(settings, createExporterEvents(schemaOf(settings.tenant)))
}

function shareDatabaseOf(exporter: PostgresSpanExporter): SharedDatabase {
  const database = databases.get(exporter)!
  database.share()
  return database
}

function metricsOf({ settings }: SharedDatabase, signal: 'span' | 'log') {
  const component = `postgresql_${signal}_exporter`
  return openMetrics({ provider: settings.meterProvider, signal, component, server: endpointOf(settings) })
}
