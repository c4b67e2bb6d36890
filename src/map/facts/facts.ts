import type { EncodedText } from '../../columns.ts'

/**
 * What a span or log record is in a run. `plain` gives no row: only its id and parent count. The first three are the ranks
 * of an entry, in this order (docs/design.md §3.4).
 */
export type Kind = 'workflow' | 'task' | 'agent' | 'llm' | 'embedding' | 'rerank' | 'tool' | 'plain'

/** The kinds that are calls of a model. */
export const callKinds: ReadonlySet<Kind> = new Set(['llm', 'embedding', 'rerank'])

/**
 * What the counters of a usage count, the best first.
 * `call` one billed call · `poll` the state of a response that another request has asked for, so far · `own` the sum of
 * an agent's own calls, without those of its sub-agents · `aggregate` the sum of the calls below · `last-step` the last of
 * several calls · `partial` a running count · `lifetime` the sum over an object's life, which is more than this run ·
 * `estimate` a guess of the client · `copy` a log record that repeats the counters of the span that it names. A poll and a
 * copy count only where no other report of their call is known.
 */
export type UsageRole =
  | 'call'
  | 'poll'
  | 'own'
  | 'aggregate'
  | 'last-step'
  | 'partial'
  | 'lifetime'
  | 'estimate'
  | 'copy'

/** The class of a call: usages of different classes are never reports of one call. */
export type UsageClass = 'chat' | 'embedding' | 'rerank'

/**
 * The tokens of a call in the normal form (docs/design.md §4.4): `prompt` is all input with cached reads and writes,
 * `completion` all output with reasoning. null: the dialect doesn't state it, which differs from 0.
 */
export interface Usage {
  readonly role: UsageRole
  readonly class: UsageClass
  /**
   * The report with the higher trust is counted if two report one call: 40 the provider's own SDK, 30 an instrumentation of
   * it, 20 a framework, 10 a gateway.
   */
  readonly trust: number
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
  /** The id that the provider gave the response (`chatcmpl-…`). */
  readonly responseId: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly responseModel: string | null
  /** The cost that the span states, in whole nano-dollars; null: the price list applies. */
  readonly statedCostNano: number | null
  /** Absent: none is stated. */
  readonly parts?: UsageParts
  /** Absent: none is stated. */
  readonly account?: BillingAccount
  /** true: the span states a cache hit, apart from its counters. */
  readonly cacheHit: boolean
  /** true: another trace of the workflow may report this call as well, as with coding agents. */
  readonly elsewhere: boolean
  /** How the normal form was reached, for `explain`: `as reported`, `prompt + cached`, … */
  readonly cacheSemantics: string
}

/** Parts of a call that a bill prices apart from plain tokens; null: not stated. */
export interface UsageParts {
  /** The part of the cache writes that lives one hour; others live five minutes. */
  readonly cacheWrite1h: number | null
  /** The parts of prompt and completion that are audio, and that are images. */
  readonly audioInput: number | null
  readonly audioOutput: number | null
  readonly imageInput: number | null
  readonly imageOutput: number | null
  /** Web searches that the provider ran. */
  readonly webSearches: number | null
  /** The tier that served the call, as the provider names it: `default`, `flex`, `priority`, `batch`. */
  readonly serviceTier: string | null
}

/** A model call that was answered, and of which nothing, or nothing that can be true, says what it used. */
export interface UnknownUsage {
  readonly class: UsageClass
  readonly responseId: string | null
  readonly model: string | null
}

/** What of a provider's or gateway's account is billed for a call; null: not stated. */
export interface BillingAccount {
  /** The id of the API key, never the key. */
  readonly apiKey: string | null
  /** The project or workspace. */
  readonly project: string | null
}

/** A tool run that a span (or a log record) reports. */
export interface ToolRun {
  /** null: only the tool call in the model's message names the tool. */
  readonly name: string | null
  readonly callId: string | null
  /** The arguments as JSON text for `jsonb`; null: the span has none. */
  readonly input: string | null
  /** The fingerprint of the arguments, as in `ToolAsk`. */
  readonly likeness?: string
  readonly output: string | null
  readonly success: boolean
  readonly error: string | null
  /** The span is a request of the Model Context Protocol, under the name that the server gives its tool. */
  readonly isMcp?: true
}

/** A tool call that a model made in a message. */
export interface ToolAsk {
  readonly callId: string
  readonly name: string
  /** The arguments as JSON text for `jsonb`; null: the call has none. */
  readonly input: string | null
  /** The fingerprint of the arguments (argument-fingerprint.ts), where the stored ones are cut or withheld. */
  readonly likeness?: string
  /** A user's message follows: the call is of an earlier turn, whose own span reported it. */
  readonly earlier?: true
}

/** The result of a tool call, in a message. */
export interface ToolAnswer {
  readonly callId: string
  readonly name: string | null
  readonly output: string | null
  readonly failed: boolean
  readonly earlier?: true
  /** A later message of the model follows in the request: an earlier request of the same turn had the result first. */
  readonly repeated?: true
  /** The answer of the model has the result: the provider ran the tool while the call went on. */
  readonly inAnswer?: true
}

/**
 * A row of event_logs without the ids of its task and agent. `payload` is JSON text for `jsonb`. What was just mapped has both
 * texts encoded, from which each read of `message` or `payload` makes a new string (derive/mapped-event.ts).
 */
export interface EventFact {
  readonly type: string
  readonly message: string
  readonly payload: string
  readonly timeNs: bigint
  readonly encodedMessage?: EncodedText
  readonly encodedPayload?: EncodedText
}

/**
 * A text of a task's row with the rank of its source, the best first: 0 an attribute for this purpose (`query`, `result`,
 * `user.id`, `session.id`), 1 the messages of a workflow or agent span (for a session `gen_ai.conversation.id`, which is
 * often no session), 2 the messages of a model call, 3 a message in a log record.
 */
export interface Ranked {
  readonly rank: number
  readonly value: string
}

/** What a span states about its run besides usage and tools. An absent field is not stated. */
export interface Statements {
  readonly query?: Ranked
  readonly result?: Ranked
  readonly user?: Ranked
  readonly session?: Ranked
  readonly mode?: string
  /** A score of 0.00 to 1.00. */
  readonly complexity?: number
  /** The tenant that an attribute names, as a UUID (a text becomes a UUIDv5). It is shown, and is no part of a key. */
  readonly tenantId?: string
  /** The name of the workflow's definition (`trip-planner`), for the task's metadata. */
  readonly workflowName?: string
  /** The id of the workflow that started this one, for the task's metadata. */
  readonly parentWorkflow?: string
}

/**
 * What a span is in a run of a durable workflow (docs/design.md §3.6). A run survives crashes, deploys and changes of the
 * worker, so it is no subtree: its spans are in many traces, some come twice, and the run's own span may end before the
 * run. `outside` a request to the run, or a repetition of its past (queries, updates), without meaning for start and end ·
 * `inside` a part of the run, which ends after that part · `open` the run, which goes on after this span's end · `copy`
 * the run, and its end if no part of the run ends later · `end` the run, or a mark of its end · `continued` the end of the
 * run, which another run of the same workflow follows · `stop` the end of the workflow's current run
 */
export type RunRole = 'outside' | 'inside' | 'open' | 'copy' | 'end' | 'continued' | 'stop'

/** A span's part in a run of a durable workflow. */
export interface RunPart {
  readonly role: RunRole
  /** The engine's id of the run; a workflow may have several runs, one after another. null: the span is a whole run. */
  readonly run: string | null
  /** The key of the activity in the workflow that the span is an attempt of; null: none. */
  readonly activity: string | null
  /** true: the span's failure is that of an activity or child, whose own span has the reason. */
  readonly passesOn: boolean
}

/** The end of a run as a person or program has stated it, for a run whose own end never came (docs/design.md §3.4). */
export interface RunClose {
  readonly status: 'COMPLETED' | 'FAILED' | 'CANCELLED'
  readonly reason: string | null
  /** When the run ended, in nanoseconds since 1970, as text. */
  readonly endNs: string
}

/**
 * A span or log record, reduced to what the ledger needs. Every value fits its column: text is well-formed and without NUL,
 * ids are short enough, numbers are in range. The same span gives the same Facts, on every way and however often it comes.
 */
export interface Facts {
  readonly source: 'span' | 'record'
  /** 32 hex digits. A record without a trace has the hash of its workflow (or of its own content) here. */
  readonly trace: string
  /** A span: its id, 16 hex digits. A record: the hash of its content, 32 hex digits. */
  readonly id: string
  /** The parent's span id, or the span that a record names; '' for none. */
  readonly parent: string
  /** true: the parent is in another process, or never arrives by the settings; the span then ends a task as a root does. */
  readonly remoteParent: boolean
  /** The time of a log record is its end, and also its start unless the record states a duration. */
  readonly startNs: bigint
  readonly endNs: bigint
  /** true: the span was sent before its end. It loses against any version with an end, and its `endNs` is its start. */
  readonly open: boolean
  /** The number of attributes: with `endNs` and `digest` it decides which version of one id is kept. */
  readonly attributeCount: number
  /** The SHA-256 (64 hex digits) of the canonical span or record with resource and scope. */
  readonly digest: string
  readonly name: string
  /** A `plain` item without a workflow id is recognised by no dialect. */
  readonly kind: Kind
  /** The name of the dialect that recognised the item (`OTel GenAI`, `plain attributes`); '' for none. */
  readonly dialect: string
  /** The OTLP SpanKind; 0 for a log record. */
  readonly spanKind: number
  /** Scope name and service name of the reporter. Two reports of one call come from two origins. */
  readonly origin: string
  /** `service.name` of the resource, '' where absent. */
  readonly service: string
  /** The workflow id that the item itself names, at most 255 characters; null for none. */
  readonly workflowId: string | null
  /** The name of the agent, else its id: that of an agent span itself, or the one that another item states; null for none. */
  readonly agent: string | null
  readonly outcome: 'ok' | 'error' | 'cancelled'
  readonly error: string | null
  /** The span's part in a run of a durable workflow; null where no engine made the span. */
  readonly run: RunPart | null
  /** The record closes its run, and is nothing else. Absent: it closes none. */
  readonly close?: RunClose
  /** true: the span ends well even if its agent fails, so the agent's outcome is the run's. */
  readonly endsWell: boolean
  readonly statements: Statements
  readonly usage: Usage | null
  /** null: the usage is known, or the item is no call that was answered. */
  readonly unknownUsage: UnknownUsage | null
  /** The names of attributes that look like usage and that no dialect reads (derive/unread-usage.ts). */
  readonly unreadUsage: readonly string[]
  /** Only for kind `tool`. */
  readonly tool: ToolRun | null
  readonly asks: readonly ToolAsk[]
  readonly answers: readonly ToolAnswer[]
  /** In the order of time. `tool.*` events are written only if the tool run becomes a row. */
  readonly events: readonly EventFact[]
}
