import type { Facts, Kind, RunPart, UsageRole } from '../facts/facts.ts'
import type { Tree } from '../values/tree.ts'
import type { FieldName } from './fields.ts'
import type { Item } from './item.ts'
import type { Source } from './source.ts'

/**
 * A dialect: how one family of clients writes what the ledger stores. It is data, one file each under `dialects/`, with
 * functions where data can't express a rule. `span.ts` and `record.ts` read every table the same way, so adding a dialect
 * touches one file and the list in lookup/dialects.ts.
 */
export interface Dialect {
  /** The name that people read: `OTel GenAI`. */
  readonly name: string
  readonly about: About
  readonly detect: Detect
  /** Rules for the kind of a span; the first that holds decides. If none does, the next dialect that matches is asked. */
  readonly kinds: readonly KindRule[]
  readonly fields: Fields
  readonly usage: UsageTable
  readonly messages?: MessageSources
  /** Messages of plain spans, which only say which tools were called and what they returned: a step is no run's text. */
  readonly stepMessages?: readonly Source[]
  /** Rules for span events and log records, by name. Other events become rows of event_logs only. */
  readonly events?: Readonly<Record<string, EventRule>>
  /** Sources of a log record's event name where the record has none in the usual places. */
  readonly eventName?: readonly Source[]
  /** Decides whether a span failed where status, exceptions and the fields `success` and `status` mislead; null: they don't. */
  readonly hasFailed?: (item: Item) => boolean | null
  /** Returns why a failed span failed where its exception is less exact; undefined: the exception gives the reason. */
  readonly failureReason?: (item: Item) => Tree | undefined
  /** Whether a span around a run's agents ends well although an agent failed: the agent's span decides the run's status. */
  readonly endsWell?: (item: Item, kind: Kind) => boolean
  /** The outcome of a span whose status is unset, where that isn't success. */
  readonly unsetMeans?: 'cancelled'
  /** Decides whether a failure is a cancellation where neither the exception's type nor the status says so. */
  readonly isCancelled?: (item: Item) => boolean
  /**
   * Returns the span's part in a run of a durable workflow; null: none. An engine is asked even if another dialect knows
   * the span's kind, because applications write attributes of tools and models on the engine's spans.
   */
  readonly run?: (item: Item, ended: Ended) => RunPart | null
}

/** How a span ended. */
export interface Ended {
  /** The OTLP status code: 0 unset, 1 OK, 2 ERROR. */
  readonly code: number
  /** true: the span ends when it starts. */
  readonly instant: boolean
  readonly outcome: Facts['outcome']
}

/** What the documentation says about a dialect besides its table. */
export interface About {
  /** The clients from whose recordings (or source) the table was made. */
  readonly seen: string
  readonly signals: 'traces' | 'logs' | 'traces and logs'
  /** What the telemetry doesn't contain; '' where nothing is known to be missing. */
  readonly silent: string
}

/**
 * How a dialect is detected: by one of the scopes or keys, if an attribute of `with` is there, none of `without`, and
 * `when` holds. A mark that ends in `.`, `:` or `-` matches everything that begins so.
 */
export interface Detect {
  readonly scopes?: readonly string[]
  readonly keys?: readonly string[]
  readonly with?: readonly string[]
  readonly without?: readonly string[]
  readonly when?: (item: Item) => boolean
}

/** A rule for the kind of a span: by the value of one attribute, or by conditions. */
export type KindRule = KindByValue | KindByConditions

/** The value of this attribute, in lower case, names the kind. */
export interface KindByValue {
  readonly key: string
  readonly values: Readonly<Record<string, Kind>>
}

/** The span has this kind if all conditions hold. */
export interface KindByConditions {
  readonly kind: Kind
  /** One of these attributes is there. */
  readonly has?: readonly string[]
  readonly name?: RegExp
  readonly when?: (item: Item) => boolean
}

/** The sources of fields, the best first. */
export type Fields = { readonly [Field in FieldName]?: readonly Source[] }

/**
 * Whether a part, such as cached tokens, is inside the number beside it. `inferred`: the numbers show it; for dialects
 * that pass on the counters of several providers. `twice`: it was inside, and the client added it once more.
 */
export type Inclusion = 'included' | 'excluded' | 'twice' | 'inferred'

/** What the counters of a span mean. */
export interface UsageTable {
  /** The role by kind; a kind without an entry has the role `aggregate`. */
  readonly roles: { readonly [K in Kind]?: UsageRole }
  /** Returns the role where it depends on more than the kind; null: it doesn't. */
  readonly role?: (item: Item, kind: Kind) => UsageRole | null
  /** The trust in these counters (`Usage.trust`): that of the first scope that matches, else `trust`. */
  readonly trust: number
  readonly trustByScope?: readonly (readonly [RegExp, number])[]
  /** Whether cached reads and writes are inside the prompt. */
  readonly cache: Inclusion | ((item: Item) => Inclusion)
  /** Whether reasoning is inside the completion. */
  readonly reasoning: Inclusion | ((item: Item) => Inclusion)
  /** true: the client reports a call more than once, in several traces. */
  readonly elsewhere?: true
  /** Whether the provider was asked: an answer from a gateway's own cache costs nothing and has no usage. */
  readonly billed?: (item: Item) => boolean
  /** Whether a stated cost of 0 is a price, or only means that the client knew none. */
  readonly zeroCost: 'stated' | 'unknown'
}

/** The sources of a call's messages: lists as JSON text or structure, or flattened below a numbered prefix. */
export interface MessageSources {
  readonly input: readonly Source[]
  readonly output: readonly Source[]
  /** `gen_ai.prompt` means `gen_ai.prompt.0.content` and so on. */
  readonly flatInput?: string | undefined
  readonly flatOutput?: string | undefined
  /** The name of the function that the request forces: the form of the answer, and no tool. */
  readonly forcedFunction?: readonly Source[] | undefined
}

/** How an event is read. Its message is in the body of a log record, or in the attributes of a record or span event. */
export interface EventRule {
  /** The kind of a log record with this name; not used for span events. A record of kind `tool` is a whole tool run. */
  readonly kind: Kind | ((item: Item) => Kind)
  /** The rule applies only where this holds. */
  readonly when?: (item: Item) => boolean
  /** The event is one message of this side, or it carries the lists that the dialect's `messages` name. */
  readonly message?: 'input' | 'output' | 'lists'
  /** The role of the message where the event doesn't name it. */
  readonly role?: string
  /** Where the message is, the best place first: a key of the body or attributes. Without a match it is the event itself. */
  readonly messageAt?: readonly (string | ((item: Item) => Tree | undefined))[]
  /** The record carries the counters of a call, in this role. */
  readonly usage?: UsageRole
}
