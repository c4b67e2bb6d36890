import type { EventFact, Facts, Usage } from '../../map/facts/facts.ts'
import type { JsonBytes } from '../../store/tables/json-bytes.ts'
import { placeLongTexts, writeWithLongTexts } from './long-texts.ts'

/** The most frequent values, which the ledger leaves out. Its entries rely on them: they must never change. */
const defaultFacts = {
  source: 'span',
  parent: '',
  remoteParent: false,
  open: false,
  kind: 'plain',
  dialect: '',
  spanKind: 0,
  origin: '',
  service: '',
  workflowId: null,
  agent: null,
  outcome: 'ok',
  error: null,
  run: null,
  endsWell: false,
  statements: {},
  usage: null,
  unknownUsage: null,
  unreadUsage: [],
  tool: null,
  asks: [],
  answers: [],
} as const satisfies Partial<Facts>

const defaultUsage = {
  cacheRead: null,
  cacheWrite: null,
  reasoning: null,
  responseId: null,
  provider: null,
  model: null,
  responseModel: null,
  statedCostNano: null,
  cacheHit: false,
  elsewhere: false,
} as const satisfies Partial<Usage>

/** An event in the ledger. Absent fields mean: the message is the type, the payload is empty, the time is the span's start. */
interface StoredEvent {
  readonly type: string
  readonly message: string | undefined
  readonly payload: string | undefined
  readonly timeNs: string | undefined
}

/** The facts of one span or record in the ledger. The trace is a column. */
type StoredFacts = Omit<Facts, 'trace' | 'startNs' | 'endNs' | 'events' | 'usage'> & {
  readonly startNs: string
  readonly endNs: string
  readonly usage?: Usage
  readonly events?: readonly StoredEvent[]
}

/**
 * Writes facts of one trace as the ledger stores them: a JSON list, nanoseconds as text, default values left out.
 * `eventsOf` returns the events to store.
 */
export function factsToText(facts: readonly Facts[], eventsOf: (facts: Facts) => Facts['events']): string {
  return JSON.stringify(facts.map((one) => storedFacts(one, eventsOf(one))))
}

/** Writes what `factsToText` returns, with long texts apart from the JSON that is made as a string. */
export function factsToBytes(
  facts: readonly Facts[],
  eventsOf: (facts: Facts) => Facts['events'],
  bytes: JsonBytes,
): void {
  const longTexts: string[] = []
  const json = JSON.stringify(facts.map((one) => storedFacts(placeLongTexts(one, longTexts), eventsOf(one))))
  writeWithLongTexts(json, longTexts, bytes)
}

/** Reads what `factsToText` has written for a trace. */
export function factsFromText(trace: string, text: string): Facts[] {
  return (JSON.parse(text) as StoredFacts[]).map((one) => factsFrom(trace, one))
}

/** One literal with all fields: an object that is spread over the defaults takes several times as long to make and to read. */
function factsFrom(trace: string, one: StoredFacts): Facts {
  const startNs = BigInt(one.startNs)
  const facts: Facts = {
    source: one.source ?? defaultFacts.source,
    trace,
    id: one.id,
    parent: one.parent ?? defaultFacts.parent,
    startNs,
    endNs: BigInt(one.endNs),
    remoteParent: one.remoteParent ?? defaultFacts.remoteParent,
    open: one.open ?? defaultFacts.open,
    attributeCount: one.attributeCount,
    digest: one.digest,
    name: one.name,
    kind: one.kind ?? defaultFacts.kind,
    dialect: one.dialect ?? defaultFacts.dialect,
    spanKind: one.spanKind ?? defaultFacts.spanKind,
    origin: one.origin ?? defaultFacts.origin,
    service: one.service ?? defaultFacts.service,
    workflowId: one.workflowId ?? defaultFacts.workflowId,
    agent: one.agent ?? defaultFacts.agent,
    outcome: one.outcome ?? defaultFacts.outcome,
    error: one.error ?? defaultFacts.error,
    run: one.run ?? defaultFacts.run,
    endsWell: one.endsWell ?? defaultFacts.endsWell,
    statements: one.statements ?? defaultFacts.statements,
    usage: one.usage === undefined ? null : { ...defaultUsage, ...one.usage },
    unknownUsage: one.unknownUsage ?? defaultFacts.unknownUsage,
    unreadUsage: one.unreadUsage ?? defaultFacts.unreadUsage,
    tool: one.tool ?? defaultFacts.tool,
    asks: one.asks ?? defaultFacts.asks,
    answers: one.answers ?? defaultFacts.answers,
    events: (one.events ?? []).map((event) => eventFrom(event, startNs)),
  }
  return one.close === undefined ? facts : { ...facts, close: one.close }
}

/** One literal with all fields is faster than fields that are added one by one; JSON leaves out those that are undefined. */
function storedFacts(facts: Facts, events: Facts['events']): object {
  const { asks, answers, statements, usage, unreadUsage, startNs } = facts
  return {
    id: facts.id,
    name: facts.name,
    digest: facts.digest,
    attributeCount: facts.attributeCount,
    startNs: startNs.toString(),
    endNs: facts.endNs.toString(),
    source: orUndefined(facts.source, defaultFacts.source),
    parent: orUndefined(facts.parent, defaultFacts.parent),
    remoteParent: orUndefined(facts.remoteParent, defaultFacts.remoteParent),
    open: orUndefined(facts.open, defaultFacts.open),
    kind: orUndefined(facts.kind, defaultFacts.kind),
    dialect: orUndefined(facts.dialect, defaultFacts.dialect),
    spanKind: orUndefined(facts.spanKind, defaultFacts.spanKind),
    origin: orUndefined(facts.origin, defaultFacts.origin),
    service: orUndefined(facts.service, defaultFacts.service),
    workflowId: orUndefined(facts.workflowId, defaultFacts.workflowId),
    agent: orUndefined(facts.agent, defaultFacts.agent),
    outcome: orUndefined(facts.outcome, defaultFacts.outcome),
    error: orUndefined(facts.error, defaultFacts.error),
    run: orUndefined(facts.run, defaultFacts.run),
    close: facts.close,
    endsWell: orUndefined(facts.endsWell, defaultFacts.endsWell),
    statements: isEmpty(statements) ? undefined : statements,
    usage: usage === null ? undefined : storedUsage(usage),
    unknownUsage: orUndefined(facts.unknownUsage, defaultFacts.unknownUsage),
    unreadUsage: unreadUsage.length === 0 ? undefined : unreadUsage,
    tool: orUndefined(facts.tool, defaultFacts.tool),
    asks: asks.length === 0 ? undefined : asks,
    answers: answers.length === 0 ? undefined : answers,
    events: events.length === 0 ? undefined : events.map((event) => storedEvent(event, startNs)),
  }
}

/** A field of `Usage` that is missing here is a compile error. */
function storedUsage(usage: Usage): { readonly [Field in keyof Usage]: Usage[Field] | undefined } {
  return {
    role: usage.role,
    class: usage.class,
    trust: usage.trust,
    prompt: usage.prompt,
    completion: usage.completion,
    cacheRead: orUndefined(usage.cacheRead, defaultUsage.cacheRead),
    cacheWrite: orUndefined(usage.cacheWrite, defaultUsage.cacheWrite),
    reasoning: orUndefined(usage.reasoning, defaultUsage.reasoning),
    responseId: orUndefined(usage.responseId, defaultUsage.responseId),
    provider: orUndefined(usage.provider, defaultUsage.provider),
    model: orUndefined(usage.model, defaultUsage.model),
    responseModel: orUndefined(usage.responseModel, defaultUsage.responseModel),
    statedCostNano: orUndefined(usage.statedCostNano, defaultUsage.statedCostNano),
    parts: usage.parts,
    account: usage.account,
    cacheHit: orUndefined(usage.cacheHit, defaultUsage.cacheHit),
    elsewhere: orUndefined(usage.elsewhere, defaultUsage.elsewhere),
    cacheSemantics: usage.cacheSemantics,
  }
}

function storedEvent({ type, message, payload, timeNs }: EventFact, startNs: bigint): StoredEvent {
  return {
    type,
    message: orUndefined(message, type),
    payload: orUndefined(payload, ''),
    timeNs: timeNs === startNs ? undefined : timeNs.toString(),
  }
}

function eventFrom({ type, message = type, payload = '', timeNs }: StoredEvent, startNs: bigint): EventFact {
  return { type, message, payload, timeNs: timeNs === undefined ? startNs : BigInt(timeNs) }
}

function orUndefined<T>(value: T, defaultValue: T): T | undefined {
  return value === defaultValue ? undefined : value
}

function isEmpty(statements: Facts['statements']): boolean {
  for (const _ in statements) return false
  return true
}
