/**
 * The answers of the page's API. The server makes them and the page reads them; this file has types alone, so that the page
 * takes no code of the server. Money is a whole number of nano-dollars (10⁻⁹ USD) as decimal text. Times are RFC 3339 in
 * UTC, exact to the microsecond. `sql` is the statement behind an answer, with its parameters filled in.
 */

/** The body of every answer that is no success. */
export interface ApiError {
  readonly error: {
    /** A slug: `unauthenticated`, `forbidden`, `not-found`, `wrong-parameter`, `unavailable`, `too-slow`, `sql-failed`, … */
    readonly code: string
    readonly message: string
    /** What to do about it; '' where the message says all. */
    readonly hint: string
  }
}

/** Rows by position: `rows[i][j]` is the value of `columns[j]`. */
export interface Columnar<Row extends object> {
  readonly columns: readonly (keyof Row & string)[]
  readonly rows: readonly (readonly Row[keyof Row][])[]
}

export type Scope = 'send' | 'read' | 'admin'
export type RunStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED'

/** GET /api/meta */
export interface Meta {
  readonly version: string
  /** '' is the default tenant. */
  readonly tenant: string
  /** The tenants that this credential may read: one, since a credential is of one tenant. */
  readonly tenants: readonly string[]
  readonly scopes: readonly Scope[]
  readonly database: 'embedded' | 'postgresql'
  /** Whether rows are read from another server or by another role (`reader_database_url`). */
  readonly reader: boolean
  /** Whether senders must have a credential. */
  readonly credentials: boolean
  /** Where telemetry is sent: for the empty state. */
  readonly endpoints: { readonly http: string; readonly grpc: string }
  readonly has_runs: boolean
  /** The day of the price list, YYYY-MM-DD. */
  readonly prices_date: string
  /** The server's time. */
  readonly now: string
  /** Whether closing a run and sending refused spans again is possible here. */
  readonly can: { readonly retry: boolean; readonly close: boolean; readonly sql: boolean }
}

/** A run in a list. */
export interface RunRow {
  /** The task's id. */
  readonly id: string
  readonly workflow_id: string
  readonly status: RunStatus
  /** At most 200 characters. */
  readonly query: string
  readonly user: string | null
  readonly session_id: string | null
  readonly mode: string | null
  readonly model_used: string | null
  readonly provider: string | null
  readonly started_at: string
  readonly completed_at: string | null
  readonly duration_ms: number | null
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cost_nano_usd: string
  /** Calls without a known price, and calls of which nothing says what they used: neither is in the cost. */
  readonly unpriced_calls: number
  readonly uncounted_calls: number
  readonly agents_used: number
  readonly tools_invoked: number
  /** At most 200 characters. */
  readonly error_message: string | null
  readonly parent_workflow_id: string | null
  /** When its row was made. */
  readonly created_at: string
}

/** GET /api/runs */
export interface Runs extends Columnar<RunRow> {
  /** For `after` of the next page; null on the last one. */
  readonly next: string | null
  /** For `before` of the page before; null on the first one. */
  readonly previous: string | null
  /** Whether rows follow this page. */
  readonly more: boolean
  /** All rows that match, counted up to 1000. */
  readonly count: number
  /** Whether there are more than `count`: `1,000+`. */
  readonly count_is_least: boolean
  readonly sql: string
}

/** GET /api/facets: the values of a window that filters offer, the most frequent first. */
export interface Facets {
  readonly status: readonly FacetValue[]
  readonly model: readonly FacetValue[]
  readonly provider: readonly FacetValue[]
  readonly user: readonly FacetValue[]
  readonly mode: readonly FacetValue[]
  readonly session: readonly FacetValue[]
  /** How many of the newest runs were looked at. */
  readonly of_runs: number
  readonly sql: string
}

export interface FacetValue {
  readonly value: string
  readonly count: number
}

/** A run's name and state, as a link. */
export interface RunLink {
  readonly workflow_id: string
  readonly status: RunStatus
  readonly query: string
  readonly started_at: string
  readonly duration_ms: number | null
  readonly total_tokens: number
  readonly cost_nano_usd: string
}

/** A counted call: a row of `token_usage`. */
export interface CallRow {
  readonly id: string
  /** The span or record that the row is made of, where the ledger still has it. */
  readonly trace_id: string | null
  readonly provider: string
  readonly model: string
  readonly agent: string | null
  readonly ended_at: string
  readonly duration_ms: number | null
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cache_read_tokens: number
  readonly cache_creation_tokens: number
  readonly reasoning_tokens: number | null
  readonly web_searches: number | null
  readonly service_tier: string | null
  readonly cost_nano_usd: string
  readonly unpriced: boolean
  readonly price_source: string | null
  /** Part → nano-dollars; they sum to `cost_nano_usd`. */
  readonly cost_parts: Readonly<Record<string, string>> | null
  readonly error: string | null
}

/** Sums over the rows of `calls`. */
export interface CallSums {
  readonly calls: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cache_read_tokens: number
  readonly cache_creation_tokens: number
  readonly reasoning_tokens: number
  readonly web_searches: number
  readonly cost_nano_usd: string
  readonly unpriced_calls: number
}

/** A line of `by_model`: what the calls of one model came to. They sum to `sums`. */
export interface ModelSums extends CallSums {
  readonly provider: string
  readonly model: string
}

/** An agent's run: a row of `agent_executions`. */
export interface AgentRow {
  readonly id: string
  readonly agent: string
  readonly state: string | null
  readonly started_at: string
  readonly duration_ms: number | null
  readonly tokens_used: number
  readonly error: string | null
}

/** GET /api/workflows/{id} */
export interface Run {
  readonly run: RunRow & {
    readonly result: string | null
    /** The whole query, at most 20,000 characters. */
    readonly query: string
    readonly error_message: string | null
    readonly metadata: Readonly<Record<string, unknown>>
  }
  readonly tenant: string
  /** The number of its last event; events after it come by `events?after_seq=`. */
  readonly seq: string
  /** Over all rows of the run in `token_usage`; equal to the sums in `run`. */
  readonly sums: CallSums
  readonly by_model: readonly ModelSums[]
  /** The first 1,000 counted calls, by their end. */
  readonly calls: Columnar<CallRow>
  readonly calls_more: boolean
  readonly agents: readonly AgentRow[]
  readonly parent: RunLink | null
  /** The parent's id where that run is not known here. */
  readonly parent_workflow_id: string | null
  readonly children: readonly RunLink[]
  readonly siblings: readonly RunLink[]
  readonly relatives_more: boolean
  /** Tool runs that took more than one attempt. */
  readonly retries: readonly Retry[]
  /** Other runs of its session, the latest first. */
  readonly session: readonly RunLink[]
  readonly sql: string
}

export interface Retry {
  readonly tool: string
  readonly attempts: number
  readonly success: boolean | null
  readonly error: string | null
  readonly ended_at: string
}

/** The kinds of a span, by the index in `TreeColumns.kind`. */
export type SpanKind = 'agent' | 'model' | 'tool' | 'other'

/** The spans of a run, column-wise: `column[i]` is of span i. Spans stand in pre-order: a parent before its children. */
export interface TreeColumns {
  readonly span_id: readonly string[]
  /** The index into `traces`. */
  readonly trace: readonly number[]
  /** The index of the parent; -1 for a root. */
  readonly parent: readonly number[]
  readonly depth: readonly number[]
  /** How many spans are below, so that what follows them is at i + size + 1. */
  readonly size: readonly number[]
  /** Microseconds since `started_at`. The end of an open span is -1. */
  readonly start_us: readonly number[]
  readonly end_us: readonly number[]
  /** The index into `kinds`. */
  readonly kind: readonly number[]
  /** The index into `names`. */
  readonly name: readonly number[]
  /** The index into `models`; -1: none. */
  readonly model: readonly number[]
  /** The index into `statuses`. */
  readonly status: readonly number[]
  /** What the counted call used; of one that doesn't count, what it reports. */
  readonly prompt_tokens: readonly number[]
  readonly completion_tokens: readonly number[]
  /** Whole nano-dollars; 0 where the span doesn't count. */
  readonly cost_nano: readonly number[]
  /** 1: the span has a row of `token_usage`. */
  readonly counted: readonly number[]
  /** The index into `reasons`. */
  readonly reason: readonly number[]
  /** Bits: 1 log record, 2 unpriced, 4 usage unknown, 8 parent missing, 16 tool run kept as another's row, 32 on the critical path. */
  readonly flags: readonly number[]
}

/** GET /api/workflows/{id}/tree */
export interface Tree {
  readonly workflow_id: string
  /** The start of the first span: offsets count from here. */
  readonly started_at: string
  readonly count: number
  /** Spans that are not in the answer, because there are more than 100,000. */
  readonly left_out: number
  /** false: the ledger keeps these spans no longer; the rows of the run are in `columns` then, without parents. */
  readonly kept: boolean
  readonly traces: readonly string[]
  readonly kinds: readonly SpanKind[]
  readonly names: readonly string[]
  readonly models: readonly string[]
  readonly statuses: readonly string[]
  readonly reasons: readonly TreeReason[]
  readonly columns: TreeColumns
  /** Sums over the counted spans of `columns`. */
  readonly sums: {
    readonly calls: number
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly cost_nano_usd: string
  }
  readonly sql: string
}

export interface TreeReason {
  readonly code: ReasonCode
  /** A sentence without the names of other spans: those are in the span's own answer. */
  readonly text: string
}

/** Why a span counts or doesn't. */
export type ReasonCode =
  | 'no-usage'
  | 'counts'
  | 'counts-for-others'
  | 'counts-as-sum'
  | 'copy'
  | 'same-call'
  | 'same-call-by-id'
  | 'same-call-in-workflow'
  | 'call-below'
  | 'better-report-below'
  | 'better-report-above'
  | 'unknown-usage'
  | 'usage-in-other-report'

/** A part of what a call cost. */
export interface CostPart {
  /** `input`, `cached`, `written`, `output`, `reasoning`, `searches`, … as in `token_usage.cost_parts`. */
  readonly part: string
  /** Tokens, or searches; null where the part states no quantity. */
  readonly quantity: number | null
  readonly cost_nano_usd: string
}

/** A message of a prompt or an answer. Texts are of senders: they are shown as text, never as HTML. */
export interface Message {
  readonly role: string
  /** Whether it was asked (`input`) or answered (`output`). */
  readonly from: 'input' | 'output'
  readonly parts: readonly MessagePart[]
}

export type MessagePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'tool_call'; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: 'tool_result'; readonly id: string; readonly result: string }
  | { readonly type: 'other'; readonly text: string }

/** GET /api/workflows/{id}/spans/{trace}/{span} */
export interface Span {
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly source: 'span' | 'record'
  readonly name: string
  readonly kind: string
  readonly dialect: string
  readonly outcome: string
  readonly service: string
  readonly scope: string
  readonly error: string | null
  readonly started_at: string
  /** null while it runs. */
  readonly ended_at: string | null
  readonly duration_ms: number | null
  readonly workflow_id: string | null
  /** Each a sentence; the first says whether it counts, and why. */
  readonly reasons: readonly string[]
  readonly counted: boolean
  readonly reason: ReasonCode
  /** What the span reports. */
  readonly reported: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly role: string
    readonly normal_form: string
  } | null
  /** Its row of `token_usage`. */
  readonly call: CallRow | null
  /** They sum to `call.cost_nano_usd`. */
  readonly cost_parts: readonly CostPart[]
  readonly tools: readonly ToolRunRow[]
  readonly agent: string | null
  /** `table what`: the rows that it made, as `spanledger explain` prints them. */
  readonly rows: readonly string[]
  readonly messages: readonly Message[]
  /** The attributes as the event keeps them (`payload.attributes`), cut to `payload_bytes`; null where none are kept. */
  readonly attributes: Readonly<Record<string, unknown>> | null
  readonly unread_usage: readonly string[]
  readonly sql: string
}

export interface ToolRunRow {
  readonly tool: string
  readonly success: boolean | null
  readonly duration_ms: number | null
  readonly input: string | null
  readonly output: string | null
  readonly error: string | null
}

/** An event of a run. */
export interface EventRow {
  readonly seq: string
  readonly id: string
  readonly timestamp: string
  readonly type: string
  readonly agent: string | null
  readonly message: string | null
  readonly trace_id: string | null
  readonly span_id: string | null
}

/** GET /api/workflows/{id}/events?after_seq=&limit= */
export interface Events extends Columnar<EventRow> {
  readonly workflow_id: string
  readonly status: RunStatus
  /** For the next `after_seq`. */
  readonly seq: string
  readonly more: boolean
  readonly sql: string
}

/**
 * The same as a stream (`Accept: text/event-stream`). `id:` is the seq up to which everything was sent, and `Last-Event-ID` goes on
 * from there. An event id that comes again with a higher seq has moved within the run.
 */
export interface EventStream {
  /** `event: event` */
  readonly event: EventRow
  /** `event: moved`: what was shown as `from_seq` is now in another place, or in another run. */
  readonly moved: {
    readonly id: string
    readonly from_seq: string
    readonly workflow_id: string
    readonly to_seq: string
  }
  /** `event: withdrawn`: no event has these numbers any more, both ends included. */
  readonly withdrawn: { readonly seqs: readonly (readonly [from: string, to: string])[] }
  /** `event: run`: the run's row has changed. */
  readonly run: RunRow
  /** `event: end`: the run has ended, and everything was sent. A late span can open it again. */
  readonly end: { readonly status: RunStatus; readonly seq: string }
}

/** GET /api/live: a stream. */
export interface LiveStream {
  /** `event: runs`: rows that are new or have changed; at most ten messages a second. */
  readonly runs: Columnar<RunRow> & { readonly removed: readonly string[] }
  /** `event: health` */
  readonly health: HealthSummary
}

export type CostBy = 'day' | 'provider' | 'model' | 'user' | 'agent' | 'mode' | 'service-tier'

/** What the calls (or, by mode, the runs) of one value came to. */
export interface CostRow {
  /** null: those that state none. */
  readonly key: string | null
  readonly calls: number
  /** null where calls are summed up. */
  readonly runs: number | null
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cache_read_tokens: number
  readonly cache_creation_tokens: number
  readonly reasoning_tokens: number
  readonly cost_nano_usd: string
  readonly unpriced_calls: number
  readonly unpriced_tokens: number
  /** Of the period before; null where it isn't asked for. */
  readonly previous_cost_nano_usd: string | null
}

/** A sum over the rows of a cost table. */
export type CostTotals = Omit<CostRow, 'key'>

/** GET /api/cost?by=&since=&until=&compare=1 */
export interface Cost extends Columnar<CostRow> {
  readonly by: CostBy
  readonly since: string
  readonly until: string
  readonly previous_since: string | null
  readonly of: 'calls' | 'runs'
  readonly totals: CostTotals
  /** Models whose calls have no known price. */
  readonly unpriced: readonly { readonly model: string; readonly calls: number; readonly tokens: number }[]
  readonly sql: string
}

/** GET /api/cost/series?by=&since=&until= : a line for each of the dearest values, and `other`. */
export interface CostSeries {
  readonly by: CostBy
  readonly since: string
  readonly until: string
  /** Days in UTC, YYYY-MM-DD. */
  readonly days: readonly string[]
  readonly series: readonly {
    /** null: those that state none. */
    readonly key: string | null
    /** Whether it is what the others, which aren't shown apart, came to. */
    readonly other: boolean
    /** By day. */
    readonly cost_nano_usd: readonly string[]
    readonly tokens: readonly number[]
    readonly calls: readonly number[]
  }[]
  /** By day: the sum over the series. */
  readonly totals: {
    readonly cost_nano_usd: readonly string[]
    readonly tokens: readonly number[]
    readonly calls: readonly number[]
  }
  readonly sql: string
}

export interface ToolRow {
  readonly tool: string
  readonly calls: number
  readonly succeeded: number
  readonly failed: number
  /** Neither: it runs. */
  readonly running: number
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  readonly p99_ms: number | null
  readonly last_failed_at: string | null
  /** At most 500 characters. */
  readonly last_error: string | null
  /** The run of the last failure. */
  readonly last_failed_workflow_id: string | null
}

/** GET /api/tools?since=&until= */
export interface Tools extends Columnar<ToolRow> {
  readonly since: string
  readonly until: string
  readonly totals: {
    readonly calls: number
    readonly succeeded: number
    readonly failed: number
    readonly running: number
  }
  readonly sql: string
}

export interface AgentSumsRow {
  readonly agent: string
  readonly runs: number
  readonly completed: number
  readonly failed: number
  readonly running: number
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  readonly p99_ms: number | null
  readonly calls: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly cost_nano_usd: string
  readonly last_failed_at: string | null
  readonly last_error: string | null
  readonly last_failed_workflow_id: string | null
}

/** GET /api/agents?since=&until= */
export interface Agents extends Columnar<AgentSumsRow> {
  readonly since: string
  readonly until: string
  readonly totals: {
    readonly runs: number
    readonly completed: number
    readonly failed: number
    readonly running: number
    readonly calls: number
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly cost_nano_usd: string
  }
  readonly sql: string
}

/** A comparison of the ledger with a provider's bill. */
export interface ReconciliationRow {
  readonly id: string
  readonly reconciled_at: string
  readonly format: string
  readonly files: string
  readonly period_start: string
  readonly period_end: string
  readonly bill_nano_usd: string
  readonly ledger_nano_usd: string
  /** `bill` − `ledger`. */
  readonly difference_nano_usd: string
  readonly unexplained_nano_usd: string
  readonly within_tolerance: boolean
  /** They and `unexplained` sum to the difference. */
  readonly reasons: readonly { readonly code: string; readonly text: string; readonly nano_usd: string }[]
}

/** GET /api/reconciliations: the latest first. `last` has the latest one of each format. */
export interface Reconciliations extends Columnar<ReconciliationRow> {
  readonly last: readonly ReconciliationRow[]
  readonly sql: string
}

export type HealthState = 'good' | 'look' | 'bad'

/** A number with what it means. */
export interface HealthItem {
  /** `received`, `committed`, `duplicate`, `unrelated`, `refused`, `given_back`, `lag`, `partitions_ahead`, `prices_age`, … */
  readonly name: string
  readonly state: HealthState
  readonly value: number | null
  readonly unit: 'spans' | 'seconds' | 'months' | 'days' | 'runs' | 'bytes' | ''
  readonly meaning: string
  /** What to do; '' where nothing is to be done. */
  readonly advice: string
}

export interface HealthSummary {
  readonly state: HealthState
  readonly items: readonly HealthItem[]
}

/** GET /api/health */
export interface Health extends HealthSummary {
  /** received = committed + duplicate + unrelated + refused + given_back; null where this credential may not see them. */
  readonly spans: {
    readonly received: number
    readonly committed: number
    readonly duplicate: number
    readonly unrelated: number
    readonly refused: number
    readonly given_back: number
  } | null
  /** Whose `spans` are: this tenant's alone (`metrics_tenants`), or all that the receiver has taken since it started. */
  readonly spans_of: 'tenant' | 'receiver' | 'none'
  /** When the counting began. */
  readonly since: string
  readonly dialects: readonly { readonly dialect: string; readonly spans: number }[]
  readonly refused_kept: number
}

/** A refused span or log record. */
export interface RefusedRow {
  readonly id: string
  readonly signal: 'traces' | 'logs'
  readonly trace: string
  readonly span: string
  readonly name: string
  /** A slug. */
  readonly reason: string
  readonly message: string
  readonly times: number
  readonly first_at: string
  readonly last_at: string
  /** 0: the bytes weren't kept, and it can't be sent again. */
  readonly bytes: number
}

/** GET /api/refused?limit= */
export interface Refused extends Columnar<RefusedRow> {
  readonly more: boolean
  readonly sql: string
}

/** GET /api/refused/{id} */
export interface RefusedOne {
  readonly refused: RefusedRow
  /** The OTLP request as JSON text, for people; null where its bytes weren't kept. */
  readonly content: string | null
  readonly sql: string
}

/** POST /api/refused/{id}/retry */
export interface RetryAnswer {
  readonly id: string
  readonly taken: boolean
  /** Why it was refused again; null where it was taken. */
  readonly reason: string | null
}

/** POST /api/workflows/{id}/close */
export interface CloseAnswer {
  readonly workflow_id: string
  readonly status: RunStatus
}

/** POST /api/sql */
export interface SqlRequest {
  readonly sql: string
  /** 1 to 10,000; 1,000 by default. */
  readonly limit?: number
}

/** The answer to SqlRequest: texts as PostgreSQL writes them. */
export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly more: boolean
  readonly took_ms: number
}

/** GET /api/schema: the tables that people read, for completion. */
export interface Schema {
  readonly tables: readonly {
    readonly name: string
    readonly meaning: string
    readonly columns: readonly { readonly name: string; readonly type: string; readonly meaning: string }[]
  }[]
}
