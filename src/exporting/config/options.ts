import type { MeterProvider } from '@opentelemetry/api'
import type { ExternalPglite } from '../../store/embedded/external-pglite.ts'

/** How an export ended. 0: all that can be stored is committed; 1: possibly nothing is. Source: @opentelemetry/core. */
export interface ExportResult {
  readonly code: 0 | 1
  readonly error?: Error
}

/** An exporter as the SDK calls it. */
export interface ItemExporter<Item> {
  export(items: Item[], resultCallback: (result: ExportResult) => void): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** The parts of a node-postgres `Pool` that are used. */
export interface ExternalPool {
  connect(): Promise<unknown>
  readonly options?: {
    readonly host?: string | undefined
    readonly port?: number | undefined
    readonly database?: string | undefined
  }
}

/** The options of an exporter. All may be left out: the PG* variables say where the database is, then. */
export interface ExporterOptions {
  /** `postgres://user:password@host:port/database`; else OTEL_EXPORTER_POSTGRES_CONNECTION_STRING, else PG*. */
  readonly connectionString?: string | undefined
  /** A `Pool` of `pg` to be used in place of an own one. It is never ended here. */
  readonly pool?: ExternalPool | undefined
  /** An embedded database to be used in place of a PostgreSQL: a PGlite. It is never closed here. */
  readonly database?: ExternalPglite | undefined
  /** The tenant whose schema the rows go to; else OTEL_EXPORTER_POSTGRES_TENANT, else the default tenant. */
  readonly tenant?: string | undefined
  /** Connections, at most. Default 2, else OTEL_EXPORTER_POSTGRES_POOL_SIZE. */
  readonly poolSize?: number | undefined
  /** Whether missing tables are made before the first export. Default false, else OTEL_EXPORTER_POSTGRES_MIGRATE. */
  readonly migrate?: boolean | undefined
  /** Milliseconds within which an export is committed, or fails. Default 10,000, else OTEL_EXPORTER_POSTGRES_TIMEOUT. */
  readonly timeoutMillis?: number | undefined
  /** Milliseconds within which `shutdown` resolves, whatever the database does. Default 10,000. */
  readonly shutdownTimeoutMillis?: number | undefined
  /** Spans and records that wait to be committed, at most; more fail at once. Default 16,384. */
  readonly maxPendingItems?: number | undefined
  /**
   * How much is stored of each prompt, answer, tool input and output: `all` (default), so many characters, or `none`;
   * else OTEL_EXPORTER_POSTGRES_CONTENT.
   */
  readonly content?: 'all' | 'none' | number | undefined
  /** Which secrets are replaced before anything is written: `true` for all fixed patterns. Default: none. */
  readonly redaction?: boolean | RedactionOption | undefined
  /** Further attributes that hold a field: `{ workflow_id: ['app.job'], user_id: { last: ['enduser.id'] } }`. */
  readonly attributes?: Readonly<Record<string, readonly string[] | AttributeKeys>> | undefined
  /** Whether a span whose local parent never comes ends its task: never (`wait`, default), always, or for these services. */
  readonly absentParent?: 'wait' | 'ends' | readonly string[] | undefined
  /** Prices that go before the price list, by model, in USD per million tokens. */
  readonly prices?: Readonly<Record<string, ModelPrice>> | undefined
  /** Where the exporter counts what it does (`otel.sdk.exporter.*`); nowhere by default. */
  readonly meterProvider?: MeterProvider | undefined
}

/** What is redacted, as the receiver's setting `redaction` has it. */
export interface RedactionOption {
  /** `pem`, `jwt`, `bearer`, `key`, `email`, `iban`, `card`; default: all of them. */
  readonly patterns?: readonly string[]
  /** Expressions of your own, by the name that stands in for what they match. They must take linear time. */
  readonly custom?: Readonly<Record<string, RegExp>>
  /** Names of attributes, and of keys in JSON, whose values are replaced whole; `*` is any text. */
  readonly blockedKeys?: readonly string[]
}

/** Attributes that are asked before those of the dialects (`first`), or after them (`last`). */
export interface AttributeKeys {
  readonly first?: readonly string[]
  readonly last?: readonly string[]
}

/** USD per million tokens. By default cached tokens and cache writes cost as input, and output nothing. */
export interface ModelPrice {
  readonly input: number
  readonly output?: number
  readonly cached?: number
  readonly cache_write?: number
}

/** How soon open spans are shown, and how many. */
export interface LiveOptions {
  /** Milliseconds that a span is open before it is shown; one that ends sooner is only exported. Default 500. */
  readonly delayMillis?: number
  /** Spans that are open and not shown yet; more are not shown before they end. Default 2,048. */
  readonly maxSpans?: number
}
