/**
 * What a span or log record is in a run. `plain` is recognised as nothing: it makes no row, only its id and parent
 * count. The first three are the ranks of an entry (DESIGN: entries by kind), in this order.
 */
export type Kind = 'workflow' | 'task' | 'agent' | 'llm' | 'embedding' | 'rerank' | 'tool' | 'plain'

/**
 * How the numbers of a usage came to be, best first.
 * `call` one billed call · `own` an agent's sum of the calls that it made itself, its sub-agents' not among them ·
 * `aggregate` a sum over calls below · `last-step` the last of several calls · `partial` a running count · `lifetime` a
 * sum over an object's life, more than this run · `estimate` guessed by the client · `copy` a log record that repeats the
 * span it names.
 */
export type UsageRole = 'call' | 'own' | 'aggregate' | 'last-step' | 'partial' | 'lifetime' | 'estimate' | 'copy'

/** Only usages of one class can be reports of the same call. */
export type UsageClass = 'chat' | 'embedding' | 'rerank'

/**
 * The tokens of a call in the one normal form (DESIGN §4): `prompt` is all input, cached reads and writes included;
 * `completion` is all output, reasoning included. null: the dialect doesn't say (0 is a statement).
 */
export interface Usage {
  readonly role: UsageRole
  readonly class: UsageClass
  /** Which of two reports of one call is believed: higher wins. 40 the provider's own SDK, 30 an instrumentation of it, 20 a framework, 10 a gateway. */
  readonly trust: number
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
  /** As stated by the provider of the call (`chatcmpl-…`). */
  readonly responseId: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly responseModel: string | null
  /** Whole nano-dollars, as the span itself states them; null: to be priced. */
  readonly statedCostNano: number | null
  /** A cache hit that the span states besides its counters. */
  readonly cacheHit: boolean
  /** Another report of this call may stand in another trace of its workflow, as coding agents' do. */
  readonly elsewhere: boolean
  /** What was done to reach the normal form, for `explain`: `as reported`, `prompt + cache reads`, … */
  readonly cacheSemantics: string
}

/** A tool run that has a span (or a record) of its own. */
export interface ToolRun {
  /** null: the span doesn't say; the model's call does. */
  readonly name: string | null
  readonly callId: string | null
  /** JSON text that fits `jsonb`, or null where the span has no arguments. */
  readonly input: string | null
  /** See `ToolAsk`. */
  readonly likeness?: string
  readonly output: string | null
  readonly success: boolean
  readonly error: string | null
}

/** A message asks for a tool: the model's call. `input` is JSON text for `jsonb`. */
export interface ToolAsk {
  readonly callId: string
  readonly name: string
  readonly input: string | null
  /** JSON text that stands for the arguments where not all of them are stored, to find equal ones. */
  readonly likeness?: string
  /** A person spoke after it: it is of an earlier turn, which told it. */
  readonly earlier?: true
}

/** A message answers a call: what the tool gave back. */
export interface ToolAnswer {
  readonly callId: string
  readonly name: string | null
  readonly output: string | null
  readonly failed: boolean
  readonly earlier?: true
}

/**
 * A row of event_logs before it is known whose it is. `payload` is JSON text that fits `jsonb`; it and the message may be
 * made when they are first read.
 */
export interface EventFact {
  readonly type: string
  readonly message: string
  readonly payload: string
  readonly timeNs: bigint
}

/**
 * A text of a task's row together with how well its source names it: 0 an attribute made for it (`query`, `result`,
 * `user.id`, `session.id`), 1 the messages of a workflow or agent span (for a session: `gen_ai.conversation.id`, often
 * no session at all), 2 the messages of a model call, 3 a message that came as a log record.
 */
export interface Ranked {
  readonly rank: number
  readonly value: string
}

/** What a span says about its run besides usage and tools; what it doesn't say is absent. */
export interface Statements {
  readonly query?: Ranked
  readonly result?: Ranked
  readonly user?: Ranked
  readonly session?: Ranked
  readonly mode?: string
  /** 0.00 to 1.00. */
  readonly complexity?: number
  /** A `tenant_id` attribute: a UUID, or text made one (UUIDv5); no key. */
  readonly tenantId?: string
  /** What the run's kind of work is called (`trip-planner`), shown in the task's metadata. */
  readonly workflowName?: string
  /** The id of the workflow that started this one, shown in the task's metadata. */
  readonly parentWorkflow?: string
}

/**
 * What a span is in a run of a durable workflow. A run goes on through crashes, deploys and other workers, so it is no
 * subtree: its spans lie in many traces, some come twice, and the span that is the run itself may end before the run.
 * `outside` asks for something, or repeats what happened (queries, updates): it says nothing of start and end ·
 * `inside` is a part of the run, which was not over before it ended · `open` is the run, which goes on when this span
 * ends · `copy` is the run, and its end if no part of the run ends later · `end` is the run, or marks its end ·
 * `continued` ends the run, and another one of the same workflow follows · `stop` ends whatever run there is
 */
export type RunRole = 'outside' | 'inside' | 'open' | 'copy' | 'end' | 'continued' | 'stop'

/** A span's part in a run of a durable workflow. */
export interface RunPart {
  readonly role: RunRole
  /** The engine's id of the run; a workflow may have several, one after another. null: this span is all of its run. */
  readonly run: string | null
  /** The activity that it executes an attempt of, as a key within the workflow; null: it doesn't. */
  readonly activity: string | null
  /** Its failure is that of an activity or child, whose own span says why. */
  readonly passesOn: boolean
}

/**
 * One span or log record, reduced to what the ledger needs. Everything fits its column already: text is well-formed
 * and without NUL, ids are short enough, numbers are in range. The same span, whichever way it came and however often,
 * gives the same Facts.
 */
export interface Facts {
  /** '' is the default tenant. */
  readonly tenant: string
  readonly source: 'span' | 'record'
  /** 32 hex digits. A record without a trace has the hash of its workflow (or of its own content) here. */
  readonly trace: string
  /** A span: its id, 16 hex digits. A record: the hash of its content, 32 hex digits. */
  readonly id: string
  /** The parent's span id, or the span that a record names; '' for none. */
  readonly parent: string
  /** The absent parent lives in another process (span flags; without them kind SERVER or CONSUMER): its child ends a task as a root does. */
  readonly remoteParent: boolean
  /** A record has one time, which is its end; it is its start as well unless it says how long what it tells took. */
  readonly startNs: bigint
  readonly endNs: bigint
  /** It was told of before its end: it loses against any version that has one, and what it runs goes on. Its end is its start. */
  readonly open: boolean
  /** Number of attributes, and the SHA-256 (64 hex digits) of the canonical span with resource and scope: with `endNs` they decide which version of one id wins. */
  readonly attributeCount: number
  readonly digest: string
  readonly name: string
  /** `plain` with no workflow id is recognised as nothing. */
  readonly kind: Kind
  /** The dialect that recognised it (`plain attributes`, `OTel GenAI`), '' where none did. */
  readonly dialect: string
  /** OTLP SpanKind; 0 for a record. */
  readonly spanKind: number
  /** Who reports: scope name and service name. Two reports of one call come from two origins. */
  readonly origin: string
  /** `service.name` of the resource, '' where absent. */
  readonly service: string
  /** The workflow id that this span itself names, at most 255 characters; null for none. */
  readonly workflowId: string | null
  /** The agent's name, else its id: on an agent span its own, elsewhere only where it is stated. */
  readonly agent: string | null
  readonly outcome: 'ok' | 'error' | 'cancelled'
  readonly error: string | null
  /** Its part in a run of a durable workflow, null where no engine of such made it. */
  readonly run: RunPart | null
  /** It ends well even when the agent that it runs fails: how the run ended is what that agent says. */
  readonly endsWell: boolean
  readonly statements: Statements
  readonly usage: Usage | null
  /** Only where `kind` is tool. */
  readonly tool: ToolRun | null
  readonly asks: readonly ToolAsk[]
  readonly answers: readonly ToolAnswer[]
  /** In the order of time. Its `tool.*` events are written if the tool run becomes a row. */
  readonly events: readonly EventFact[]
}
