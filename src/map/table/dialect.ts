import type { Facts, Kind, RunPart, UsageRole } from '../facts/facts.ts'
import type { Tree } from '../facts/json.ts'
import type { Reading, Source } from './reading.ts'

/**
 * A dialect: how one family of clients writes what the ledger wants to know. It is data, one file each under
 * `dialects/`; a function stands where data can't say it. The engine (`span.ts`, `record.ts`) reads every table the
 * same way, so adding a dialect touches one file and the list.
 */
export interface Dialect {
  /** As shown to people: `OTel GenAI`. */
  readonly name: string
  readonly about: About
  readonly detect: Detect
  /** What a span is; the first rule that knows decides. If none does, the next dialect that was detected is asked. */
  readonly kinds: readonly KindRule[]
  readonly fields: Fields
  readonly usage: UsageTable
  readonly messages?: Messages
  /** Events of spans and log records that mean something, by name. Others become rows of event_logs and nothing else. */
  readonly events?: Readonly<Record<string, EventRule>>
  /** Where a record without an event name says what it is. */
  readonly eventName?: readonly Source[]
  /** Decides where status, exceptions and the fields `success` and `status` mislead; null: they don't. */
  readonly failed?: (reading: Reading) => boolean | null
  /** Why a failed span failed, where its exception says less; undefined: the exception tells. */
  readonly why?: (reading: Reading) => Tree | undefined
  /** Spans around a run's agents that end well whatever becomes of them. */
  readonly endsWell?: (reading: Reading, kind: Kind) => boolean
  /** What a span without a status came to, where that isn't success. */
  readonly unset?: 'cancelled'
  /** Decides which failures are cancellations where neither the exception's type nor the status says it. */
  readonly cancelled?: (reading: Reading) => boolean
  /**
   * An engine of durable workflows says what part a span has in a run; null: none. It is asked although another dialect
   * knows the span's kind: people write the attributes of their tools and models on the engine's spans.
   */
  readonly run?: (reading: Reading, ended: Ended) => RunPart | null
}

/** How a span ended: its status code (0 unset, 1 OK, 2 ERROR), what came of it, and whether it took no time at all. */
export interface Ended {
  readonly code: number
  readonly instant: boolean
  readonly outcome: Facts['outcome']
}

/** What people are told of a dialect besides its table. */
export interface About {
  /** The clients from whose recordings (or source) its table was made. */
  readonly seen: string
  readonly signals: 'traces' | 'logs' | 'traces and logs'
  /** What its telemetry can't tell; '' where nothing is known to be missing. */
  readonly silent: string
}

/**
 * One of the scopes or keys is enough, if one of `with` is there, none of `without`, and `also` agrees. What ends in `.`,
 * `:` or `-` stands for all that begin so.
 */
export interface Detect {
  readonly scopes?: readonly string[]
  readonly keys?: readonly string[]
  readonly with?: readonly string[]
  readonly without?: readonly string[]
  readonly also?: (reading: Reading) => boolean
}

/** A key whose value (in lower case) names the kind, or conditions that must all hold. */
export type KindRule = KindByValue | KindByConditions

export interface KindByValue {
  readonly key: string
  readonly values: Readonly<Record<string, Kind>>
}

export interface KindByConditions {
  readonly kind: Kind
  /** Any of these attributes is there. */
  readonly has?: readonly string[]
  readonly name?: RegExp
  readonly when?: (reading: Reading) => boolean
}

/** What the fields of a table may be. */
export const fieldNames = [
  'workflowId',
  'workflowName',
  'parentWorkflow',
  'user',
  'session',
  'conversation',
  'tenant',
  'agent',
  'query',
  'result',
  'mode',
  'complexity',
  'provider',
  'model',
  'responseModel',
  'responseId',
  'prompt',
  'completion',
  'total',
  'cacheRead',
  'cacheWrite',
  'reasoning',
  'cost',
  'cacheHit',
  'tool',
  'callId',
  'toolInput',
  'toolOutput',
  'success',
  'status',
  'error',
  'duration',
] as const

export type FieldName = (typeof fieldNames)[number]

/** Facts and where they may stand, the best place first. `duration` is a record's, in milliseconds. */
export type Fields = { readonly [Field in FieldName]?: readonly Source[] }

/**
 * Whether a part is inside the number beside it. `asked` leaves it to the numbers themselves, and is what to write where
 * one dialect carries several providers' habits; `twice`: it was inside, and the client added it once more.
 */
export type Inclusion = 'included' | 'excluded' | 'twice' | 'asked'

/** What the numbers of a span mean. */
export interface UsageTable {
  /** By kind; a kind that isn't named carries an `aggregate`. */
  readonly roles: { readonly [K in Kind]?: UsageRole }
  /** Where the role hangs on more than the kind; null: it doesn't. */
  readonly role?: (reading: Reading, kind: Kind) => UsageRole | null
  /** See `Usage.trust`; the first scope that matches, else the number for all. */
  readonly trust: number
  readonly trustByScope?: readonly (readonly [RegExp, number])[]
  /** Are cached reads and writes inside the prompt, is reasoning inside the completion? */
  readonly cache: Inclusion | ((reading: Reading) => Inclusion)
  readonly reasoning: Inclusion | ((reading: Reading) => Inclusion)
  /** Its client reports a call more than once, in several traces. */
  readonly elsewhere?: true
  /** Whether a stated cost of 0 is a price, or only says that the client knew none. */
  readonly zeroCost: 'stated' | 'unknown'
}

/** Where the messages of a call stand: lists as JSON text or structure, or flattened below a numbered prefix. */
export interface Messages {
  readonly input: readonly Source[]
  readonly output: readonly Source[]
  /** `gen_ai.prompt` stands for `gen_ai.prompt.0.content` and so on. */
  readonly flatInput?: string | undefined
  readonly flatOutput?: string | undefined
}

/** What an event says. Its message is read from the body of a record, or from the attributes of either. */
export interface EventRule {
  /** What a record of this name is; on a span's event it means nothing. Of kind `tool` it tells of a whole tool run. */
  readonly kind: Kind
  /** It says so only where this holds. */
  readonly when?: (reading: Reading) => boolean
  /** It is one message, of this side, or it carries the lists that `Messages` names. */
  readonly message?: 'input' | 'output' | 'lists'
  /** Who says it, where the event itself doesn't tell. */
  readonly role?: string
  /** Where its message stands, the best place first: a key of its body or attributes; the event itself if none is there. */
  readonly at?: readonly (string | ((reading: Reading) => Tree | undefined))[]
  /** The record carries the counters of a call, in this role. */
  readonly usage?: UsageRole
}
