import type { DecodedRest, ItemSink, Signal, SingleRequest } from './decode/span.ts'
import { SpanledgerError, Unavailable } from './errors.ts'
import type { Events } from './events/events.ts'
import type { AnswerDetails } from './events/tally.ts'
import type { Facts } from './map/facts/facts.ts'
import type { MapOptions } from './map/options.ts'
import { mapRecord } from './map/record.ts'
import { mapSpan } from './map/span.ts'
import type { Queue } from './queue/queue.ts'
import type { ArrivalOutcome } from './settle/tree/merge-versions.ts'
import type { RefusedSpan } from './transaction/refused-spans.ts'

/** The outcome of a span or record: that of settling, or the database's reason to refuse it. */
export type ItemOutcome = ArrivalOutcome | { readonly refused: string }

/** The events that occur between decoding and COMMIT. */
export type PipelineEvents = Pick<
  Events,
  | 'requestAnswered'
  | 'dialectsSeen'
  | 'rowsLocked'
  | 'redacted'
  | 'spanRefused'
  | 'batchCommitted'
  | 'databaseAway'
  | 'databaseBack'
  | 'costGap'
  | 'unreadUsage'
  | 'warning'
>

/** How items came. */
export type Transport = AnswerDetails['transport']

/** The stages behind `decode`, as `assemble` joins them. */
export interface Pipeline {
  readonly mapping: MapOptions
  readonly queue: Queue<ItemOutcome>
  /** Stores refused spans and records for people to look at. */
  readonly keepRefused: (refused: readonly RefusedSpan[], tenant: string) => Promise<void>
  readonly events: PipelineEvents
}

/** The spans and records of one request, or of one slice of an SDK's export. */
export interface ReceivedItems {
  readonly signal: Signal
  readonly transport: Transport
  /** Whose schema the rows go to; '' is the default tenant. */
  readonly tenant: string
  readonly decodeInto: (sink: ItemSink) => DecodedRest
  /** Returns the OTLP request that holds only the item with this index. It is stored if the item is refused. */
  readonly requestOf: (index: number) => SingleRequest
}

/** The same items, mapped: these wait for the COMMIT. Nothing of what was decoded is held, but for texts that facts share. */
export interface MappedItems {
  readonly signal: Signal
  readonly transport: Transport
  readonly tenant: string
  readonly facts: readonly Facts[]
  /** For each of the facts, the index of its item. */
  readonly indexes: readonly number[]
  /** Returns the request of an item, which is stored if the database refuses its facts. */
  readonly requestOf: (index: number) => SingleRequest
  readonly refused: readonly RefusedSpan[]
}

/**
 * Makes facts of spans and records, and logs what was odd about them. Each is mapped before the next is decoded: long texts
 * of a whole request would outlive several collections of young garbage. Throws what `decodeInto` throws.
 */
export function mapItems({ mapping, events }: Pipeline, items: ReceivedItems): MappedItems {
  const { signal, transport, tenant, decodeInto, requestOf } = items
  // those of a request that was found to be no OTLP in its middle
  mapping.redaction?.takeCounts()
  const facts: Facts[] = []
  const indexes: number[] = []
  const add = (fact: Facts, index: number) => {
    facts.push(fact)
    indexes.push(index)
  }
  const rest = decodeInto({
    span: (span) => add(mapSpan(span, mapping), span.index),
    record: (record) => add(mapRecord(record, mapping), record.index),
  })
  rest.warnings.forEach(events.warning)
  const refused = rest.refused.map(({ name, reason, message, traceId, spanId, request }) => {
    return { signal, name, reason, message, trace: traceId, span: spanId, request }
  })
  for (const { unreadUsage, origin } of facts) for (const name of unreadUsage) events.unreadUsage(name, origin)
  if (mapping.redaction !== undefined) events.redacted(mapping.redaction.takeCounts())
  events.dialectsSeen(countBy(facts, dialectOf))
  return { signal, transport, tenant, facts, indexes, requestOf, refused }
}

/**
 * Makes rows of facts. Resolves after COMMIT with the spans and records that were refused, which are stored as well by
 * then; rejects with `Unavailable` if that isn't possible in time. `sinceMs`: since when the sender waits, by default now.
 */
export async function storeItems(
  pipeline: Pipeline,
  mapped: MappedItems,
  sinceMs?: number,
): Promise<readonly RefusedSpan[]> {
  const { signal, transport, tenant, facts } = mapped
  const { queue, keepRefused, events } = pipeline
  const received = facts.length + mapped.refused.length
  try {
    const outcomes = await queue.submit(facts, tenant, sinceMs)
    const refused = [...mapped.refused, ...refusedWhileStored(mapped, outcomes)]
    await keepRefused(refused, tenant)
    for (const { reason } of refused) events.spanRefused(reason)
    const counts = countBy(outcomes, kindOf)
    const count = (outcome: ArrivalOutcome) => counts.get(outcome) ?? 0
    events.requestAnswered(
      signal,
      {
        received,
        committed: count('committed'),
        unrelated: count('unrelated'),
        duplicate: count('duplicate'),
        refused: refused.length,
        givenBack: 0,
      },
      { transport, tenant, refused: countBy(refused, ({ reason }) => reason), givenBack: '' },
    )
    return refused
  } catch (error) {
    const nothing = { committed: 0, unrelated: 0, duplicate: 0, refused: 0 }
    const givenBack = givenBackReason(error)
    events.requestAnswered(
      signal,
      { received, ...nothing, givenBack: received },
      { transport, tenant, refused: new Map(), givenBack },
    )
    throw error
  }
}

/** Why items are given back, in a few words that metrics can count. */
function givenBackReason(error: unknown): string {
  if (error instanceof Unavailable) return error.reason
  return error instanceof SpanledgerError ? error.kind : 'unexpected'
}

function countBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of all) {
    const key = keyOf(one)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

function kindOf(outcome: ItemOutcome): ArrivalOutcome | 'refused' {
  return typeof outcome === 'string' ? outcome : 'refused'
}

function dialectOf({ dialect }: Facts): string {
  return dialect
}

/** The items that settling or the database refused. */
function refusedWhileStored(mapped: MappedItems, outcomes: readonly ItemOutcome[]): RefusedSpan[] {
  const { signal, facts, indexes, requestOf } = mapped
  const refused: RefusedSpan[] = []
  for (const [i, outcome] of outcomes.entries()) {
    const why = refusalOf(outcome, facts[i]!)
    if (why === null) continue
    const { trace, id, name } = facts[i]!
    refused.push({ signal, trace, span: id, name, ...why, request: requestOf(indexes[i]!) })
  }
  return refused
}

/** Says why an item is refused; null where it isn't. */
function refusalOf(outcome: ItemOutcome, { id, startNs }: Facts): Pick<RefusedSpan, 'reason' | 'message'> | null {
  if (typeof outcome !== 'string') return { reason: 'refused-value', message: outcome.refused }
  if (outcome === 'conflict')
    return { reason: outcome, message: `Another span has the id ${id} in this trace, and a later end.` }
  if (outcome !== 'too-old') return null
  const began = new Date(Number(startNs / 1_000_000n)).toISOString().slice(0, 10)
  return {
    reason: outcome,
    message: `It began on ${began}, before what \`retention\` keeps in the ledger, and nothing is remembered of its trace.`,
  }
}
