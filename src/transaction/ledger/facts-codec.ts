import type { EventFact, Facts, Usage } from '../../map/facts/facts.ts'

/** What is left out of the ledger because it is most often so. */
const usual = {
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
  tool: null,
  asks: [],
  answers: [],
} as const satisfies Partial<Facts>

const usualUsage = {
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

/** Absent: the message is the type, there is no payload, it happened at the start of its span. */
interface KeptEvent {
  readonly type: string
  readonly message: string | undefined
  readonly payload: string | undefined
  readonly timeNs: string | undefined
}

type Kept = Omit<Facts, 'tenant' | 'trace' | 'startNs' | 'endNs' | 'events' | 'usage'> & {
  readonly startNs: string
  readonly endNs: string
  readonly usage?: Usage
  readonly events?: readonly KeptEvent[]
}

/** What of its events is to be kept. */
export type KeptEvents = (facts: Facts) => Facts['events']

/** Facts of one trace as the ledger keeps them: JSON, nanoseconds as text, what is usual left out. */
export function factsToText(facts: readonly Facts[], eventsOf: KeptEvents): string {
  return JSON.stringify(facts.map((one) => kept(one, eventsOf(one))))
}

export function factsFromText(tenant: string, trace: string, text: string): Facts[] {
  return (JSON.parse(text) as Kept[]).map((one) => {
    const startNs = BigInt(one.startNs)
    return {
      ...usual,
      ...one,
      tenant,
      trace,
      startNs,
      endNs: BigInt(one.endNs),
      usage: one.usage === undefined ? null : { ...usualUsage, ...one.usage },
      events: (one.events ?? []).map((event) => eventOf(event, startNs)),
    }
  })
}

/** One literal with a place for everything, for JSON leaves out what is undefined: faster than to add what is there. */
function kept(facts: Facts, events: Facts['events']): object {
  const { asks, answers, statements, usage, startNs } = facts
  return {
    id: facts.id,
    name: facts.name,
    digest: facts.digest,
    attributeCount: facts.attributeCount,
    startNs: startNs.toString(),
    endNs: facts.endNs.toString(),
    source: unless(facts.source, usual.source),
    parent: unless(facts.parent, usual.parent),
    remoteParent: unless(facts.remoteParent, usual.remoteParent),
    open: unless(facts.open, usual.open),
    kind: unless(facts.kind, usual.kind),
    dialect: unless(facts.dialect, usual.dialect),
    spanKind: unless(facts.spanKind, usual.spanKind),
    origin: unless(facts.origin, usual.origin),
    service: unless(facts.service, usual.service),
    workflowId: unless(facts.workflowId, usual.workflowId),
    agent: unless(facts.agent, usual.agent),
    outcome: unless(facts.outcome, usual.outcome),
    error: unless(facts.error, usual.error),
    run: unless(facts.run, usual.run),
    endsWell: unless(facts.endsWell, usual.endsWell),
    statements: isEmpty(statements) ? undefined : statements,
    usage: usage === null ? undefined : keptUsage(usage),
    tool: unless(facts.tool, usual.tool),
    asks: asks.length === 0 ? undefined : asks,
    answers: answers.length === 0 ? undefined : answers,
    events: events.length === 0 ? undefined : events.map((event) => keptEvent(event, startNs)),
  }
}

/** Every field has its line, or this doesn't compile. */
function keptUsage(usage: Usage): { readonly [Field in keyof Usage]: Usage[Field] | undefined } {
  return {
    role: usage.role,
    class: usage.class,
    trust: usage.trust,
    prompt: usage.prompt,
    completion: usage.completion,
    cacheRead: unless(usage.cacheRead, usualUsage.cacheRead),
    cacheWrite: unless(usage.cacheWrite, usualUsage.cacheWrite),
    reasoning: unless(usage.reasoning, usualUsage.reasoning),
    responseId: unless(usage.responseId, usualUsage.responseId),
    provider: unless(usage.provider, usualUsage.provider),
    model: unless(usage.model, usualUsage.model),
    responseModel: unless(usage.responseModel, usualUsage.responseModel),
    statedCostNano: unless(usage.statedCostNano, usualUsage.statedCostNano),
    cacheHit: unless(usage.cacheHit, usualUsage.cacheHit),
    elsewhere: unless(usage.elsewhere, usualUsage.elsewhere),
    cacheSemantics: usage.cacheSemantics,
  }
}

function keptEvent({ type, message, payload, timeNs }: EventFact, startNs: bigint): KeptEvent {
  return {
    type,
    message: unless(message, type),
    payload: unless(payload, ''),
    timeNs: timeNs === startNs ? undefined : timeNs.toString(),
  }
}

function eventOf({ type, message = type, payload = '', timeNs }: KeptEvent, startNs: bigint): EventFact {
  return { type, message, payload, timeNs: timeNs === undefined ? startNs : BigInt(timeNs) }
}

function unless<T>(value: T, usually: T): T | undefined {
  return value === usually ? undefined : value
}

function isEmpty(statements: Facts['statements']): boolean {
  for (const _ in statements) return false
  return true
}
