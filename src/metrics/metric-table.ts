type Bounds = 'seconds' | 'spans'

/** What a metric is. The table of docs/operations.md is made of these. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** The text of HELP. */
  readonly help: string
  /** Labels, whose values are few: no ids, no texts of senders without a bound. */
  readonly labels?: readonly string[]
  /** How the values of several processes become one; `sum` where it isn't stated. */
  readonly across?: 'max' | 'min'
  /** The unit of a histogram. */
  readonly bounds?: Bounds
  /** What an operator does about it; absent where it only explains others. */
  readonly advice?: string
}

/** The upper bounds of buckets, by the unit of a histogram. */
const upperBounds: Readonly<Record<Bounds, readonly number[]>> = {
  seconds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  spans: [1, 4, 16, 64, 256, 1024, 4096, 16_384],
}

/** All metrics of a receiver, in the order in which they are shown. */
export const metricTable = {
  spanledger_received_spans_total: {
    type: 'counter',
    help: 'Spans (signal="traces") and log records (signal="logs") that were decoded.',
    labels: ['signal', 'transport'],
  },
  spanledger_spans_total: {
    type: 'counter',
    help: 'What became of received spans and log records; the sum over outcome and reason is spanledger_received_spans_total.',
    labels: ['signal', 'transport', 'outcome', 'reason'],
    advice:
      'outcome="refused": see `spanledger refused list`, and mend the sender. outcome="given_back": the reason says what is short; senders send again, so nothing is lost while they have room.',
  },
  spanledger_tenant_spans_total: {
    type: 'counter',
    help: 'What became of received spans and log records, by tenant; only with the setting metrics_tenants, and further tenants are "other".',
    labels: ['tenant', 'outcome'],
  },
  spanledger_requests_total: {
    type: 'counter',
    help: 'Answered requests; answer is ok, partial_success, or why the request as a whole was not taken.',
    labels: ['signal', 'transport', 'answer'],
    advice:
      'answer="malformed", "too-large" or "unsupported": the sender has dropped what was in it; the log says why. "unavailable" is sent again.',
  },
  spanledger_request_bytes_total: {
    type: 'counter',
    help: 'Bytes of request bodies, decompressed.',
    labels: ['signal', 'transport'],
  },
  spanledger_request_seconds: {
    type: 'histogram',
    help: 'Time from the end of a request body to its receipt.',
    labels: ['transport'],
    bounds: 'seconds',
    advice: 'Near answer_timeout_ms senders are asked to try again: see the commit time and the queue.',
  },
  spanledger_commit_seconds: {
    type: 'histogram',
    help: 'Time of a batch from its first statement to its COMMIT, failed attempts included; its count is the number of batches.',
    bounds: 'seconds',
    advice: 'Slow: look at lock waits first, then at the disk of the database and at other load on it.',
  },
  spanledger_commit_spans: {
    type: 'histogram',
    help: 'Spans and log records of a committed batch.',
    bounds: 'spans',
  },
  spanledger_last_commit_timestamp_seconds: {
    type: 'gauge',
    help: 'When a batch was committed last, in seconds since 1970; 0 before the first.',
    across: 'max',
    advice: 'Old while spans are received: nothing is stored. The log says why, and so does /readyz.',
  },
  spanledger_lock_wait_seconds: {
    type: 'histogram',
    help: 'Time in which the database answered a statement that locks rows, by what it locks.',
    labels: ['lock'],
    bounds: 'seconds',
    advice: 'lock="traces": several receivers get spans of the same traces; let a load balancer keep a trace on one.',
  },
  spanledger_queue_spans: {
    type: 'gauge',
    help: 'Spans and log records that wait for their COMMIT.',
    advice: 'Growing: the database takes less than senders send.',
  },
  spanledger_queue_limit_spans: { type: 'gauge', help: 'The most that may wait; a request beyond is given back.' },
  spanledger_queue_age_seconds: {
    type: 'gauge',
    help: 'How long the oldest request has waited for its COMMIT.',
    across: 'max',
    advice: 'Above half of answer_timeout_ms requests are about to be given back.',
  },
  spanledger_inflight_bytes: { type: 'gauge', help: 'Bytes of requests that are not answered yet.' },
  spanledger_inflight_limit_bytes: {
    type: 'gauge',
    help: 'The setting max_inflight_bytes; above it senders are asked to try again.',
  },
  spanledger_pool_connections: {
    type: 'gauge',
    help: 'Connections to PostgreSQL, by state (idle, busy).',
    labels: ['state'],
  },
  spanledger_pool_waiting: {
    type: 'gauge',
    help: 'Transactions that wait for a connection.',
    advice: 'Above 0 for long: the database holds connections longer than usual, or lanes are too many for it.',
  },
  spanledger_databases_away: {
    type: 'gauge',
    help: 'Databases that could not be written to at the last attempt.',
    across: 'max',
    advice: 'Bring the database back. Senders are asked to try again meanwhile; nothing is lost while they have room.',
  },
  spanledger_cache_spans: { type: 'gauge', help: 'Spans of live traces in memory.' },
  spanledger_cache_requests_total: {
    type: 'counter',
    help: 'Traces that were asked of the cache, by result (hit, miss). A new trace is a miss.',
    labels: ['result'],
  },
  spanledger_dialect_spans_total: {
    type: 'counter',
    help: 'Received spans and log records by the dialect that recognised them; "none" for those that are in no run.',
    labels: ['dialect'],
  },
  spanledger_cost_gap_calls_total: {
    type: 'counter',
    help: 'Calls that are missing in the sums of money: without a price (unpriced) or without usage (uncounted). Beyond 50 models, model is "other".',
    labels: ['why', 'model'],
    advice: 'unpriced: add the price to `prices`. uncounted: let the sender ask for usage (include_usage).',
  },
  spanledger_budget_alerts_total: {
    type: 'counter',
    help: 'Alerts of budgets, by budget, by percentage of the limit (80, 100), and by whether it was reached or withdrawn.',
    labels: ['budget', 'threshold', 'change'],
    advice: '`spanledger budgets` shows whose they are.',
  },
  spanledger_budget_webhooks_total: {
    type: 'counter',
    help: 'Attempts at webhooks of budget alerts, by outcome: sent, retried (it is tried again) or failed (it is given up).',
    labels: ['outcome'],
    advice: 'The log says what the other side answered; the rows in budget_alerts keep what was not sent.',
  },
  spanledger_budget_check_seconds: {
    type: 'histogram',
    help: "Time of a check of a tenant's budgets, which no request waits for; its count is the number of checks.",
    bounds: 'seconds',
    advice: 'A check takes at most a twentieth of the time: where it takes a second, alerts come 20 seconds late.',
  },
  spanledger_budget_check_failures_total: {
    type: 'counter',
    help: 'Checks of budgets that failed, and are made again.',
    advice: 'The log says why.',
  },
  spanledger_unread_usage_attributes_total: {
    type: 'counter',
    help: 'Attributes, by name and origin, that look like usage and that no dialect reads.',
    advice: 'The log names them; the setting `attributes` reads them.',
  },
  spanledger_redactions_total: {
    type: 'counter',
    help: 'What redaction replaced, by pattern.',
    labels: ['pattern'],
  },
  spanledger_redaction_failures_total: {
    type: 'counter',
    help: 'Texts that were replaced whole because redaction failed or took too long.',
    advice: 'A custom pattern is too slow, or there is a bug: report it.',
  },
  spanledger_refused_credentials_total: {
    type: 'counter',
    help: 'Requests whose credential was refused, by reason.',
    labels: ['reason'],
    advice: 'Senders drop what is refused for its credential: renew their token, with an overlap.',
  },
  spanledger_token_not_after_timestamp_seconds: {
    type: 'gauge',
    help: 'When the first of the valid tokens expires, in seconds since 1970.',
    across: 'min',
    advice: 'Make a new token (`spanledger token create`), and give it to the senders before the old one expires.',
  },
  spanledger_certificate_not_after_timestamp_seconds: {
    type: 'gauge',
    help: 'When a certificate expires, in seconds since 1970, by what it is for.',
    labels: ['certificate'],
    across: 'min',
    advice: 'Renew the files; they are read again by themselves.',
  },
  spanledger_partitions_ahead: {
    type: 'gauge',
    help: 'Months ahead that have partitions, the fewest of all tables and tenants.',
    across: 'min',
    advice: 'Below 2: run `spanledger partition` with the role that owns the tables.',
  },
  spanledger_unbounded_partitions: {
    type: 'gauge',
    help: 'Partitions that have rows of a time before the first month (past) or after the last (future).',
    labels: ['part'],
    across: 'max',
    advice: 'part="future": the clock of a sender is wrong; `spanledger doctor` names the tables.',
  },
  spanledger_maintenance_failures_total: {
    type: 'counter',
    help: 'Turns of the hourly maintenance that failed in part; the log says in what.',
    advice: 'Run the command that the log names, with the role that owns the tables.',
  },
  spanledger_maintenance_timestamp_seconds: {
    type: 'gauge',
    help: 'When maintenance last ended without a failure, in seconds since 1970; 0 before the first time.',
    across: 'max',
  },
  spanledger_warnings_total: { type: 'counter', help: 'Warnings, those included that the log leaves out as repeated.' },
  spanledger_unexpected_errors_total: {
    type: 'counter',
    help: 'Errors that are bugs of this program. Their senders were asked to try again.',
    advice: 'Report the line of the log that begins with `unexpected`.',
  },
  spanledger_unbalanced_requests_total: {
    type: 'counter',
    help: 'Requests of which some spans have no outcome, or two: always 0.',
    advice: 'Report it: the ledger may lack spans.',
  },
  spanledger_build_info: { type: 'gauge', help: 'Always 1.', labels: ['version', 'node'], across: 'max' },
  spanledger_processes: { type: 'gauge', help: 'Processes that serve behind the two ports.' },
  process_cpu_seconds_total: { type: 'counter', help: 'CPU time of all processes.' },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Resident memory of all processes.',
    advice: 'Bounded by max_inflight_bytes and cache_spans, each for every process.',
  },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'When the first of the processes was started, in seconds since 1970.',
    across: 'min',
  },
  nodejs_heap_used_bytes: { type: 'gauge', help: 'Used heap of all processes.' },
  nodejs_eventloop_delay_seconds: {
    type: 'gauge',
    help: 'The longest delay of the event loop since metrics were read last.',
    across: 'max',
    advice: 'Above 0.5 s: the process has too little CPU; let `processes` share the load.',
  },
} as const

/** The name of a metric. */
export type MetricName = keyof typeof metricTable

/** The metric of a name. */
export function metricOf(name: MetricName): Metric {
  return metricTable[name]
}

/** The upper bounds of a histogram's buckets, in the unit of its name; undefined for other metrics. */
export function boundsOf(name: MetricName): readonly number[] | undefined {
  const { bounds } = metricOf(name)
  return bounds === undefined ? undefined : upperBounds[bounds]
}

/** The names of all metrics, in the order of the table. */
export const metricNames: readonly MetricName[] = Object.keys(metricTable) as MetricName[]
