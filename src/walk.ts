import type { Decoded, Format, Signal } from './decode/span.ts'
import type { Events } from './events.ts'
import type { Facts } from './map/facts.ts'
import type { MapOptions } from './map/options.ts'
import { mapRecord } from './map/record.ts'
import { mapSpan } from './map/span.ts'
import type { Queue } from './queue/queue.ts'
import type { Outcome } from './settle/admit.ts'
import type { RefusedSpan } from './store/refused.ts'

/** What becomes of a span or record: settled, or refused by the database. */
export type Fate = Outcome | { readonly refused: string }

/** What happens on the way and is worth counting or logging. */
export type WalkEvents = Pick<
  Events,
  'requestAnswered' | 'spanRefused' | 'batchCommitted' | 'databaseAway' | 'databaseBack' | 'unpricedModel' | 'warning'
>

/** What spans and records meet on their way. */
export interface Walk {
  readonly mapping: MapOptions
  readonly queue: Queue<Fate>
  readonly keepRefused: (refused: readonly RefusedSpan[]) => Promise<void>
  readonly events: WalkEvents
}

/** What came together, in a request or from an app's SDK, as the room decode has read it. */
export interface Arrived {
  readonly signal: Signal
  readonly tenant: string
  readonly decoded: Decoded
  /** How `requestOf` writes. */
  readonly format: Format
  /** An OTLP request that holds just the item of this index, to be kept if it is refused. */
  readonly requestOf: (index: number) => Uint8Array
}

/** The walk through the rooms: spans, facts, rows. Answers after COMMIT with what was refused; throws what may pass. */
export async function walkOn(walk: Walk, arrived: Arrived): Promise<readonly RefusedSpan[]> {
  const understood = understand(walk, arrived)
  const received = understood.facts.length + understood.refused.length
  try {
    const fates = await walk.queue.submit(understood.facts)
    const refused = [...understood.refused, ...refusedLater(understood, fates)]
    await walk.keepRefused(refused)
    for (const { reason } of refused) walk.events.spanRefused(reason)
    const count = (outcome: Fate) => fates.filter((fate) => fate === outcome).length
    walk.events.requestAnswered(understood.signal, {
      received,
      committed: count('committed'),
      unrelated: count('unrelated'),
      duplicate: count('duplicate'),
      refused: refused.length,
      givenBack: 0,
    })
    return refused
  } catch (error) {
    const nothing = { committed: 0, unrelated: 0, duplicate: 0, refused: 0 }
    walk.events.requestAnswered(understood.signal, { received, ...nothing, givenBack: received })
    throw error
  }
}

interface Understood extends Omit<Arrived, 'decoded'> {
  readonly facts: readonly Facts[]
  /** The place of each fact's span or record in the request. */
  readonly indexes: readonly number[]
  readonly refused: readonly RefusedSpan[]
}

/** The spans themselves are let go here: a request waits for its commit with its facts only. */
function understand(walk: Walk, { decoded, ...rest }: Arrived): Understood {
  decoded.warnings.forEach(walk.events.warning)
  const options = { ...walk.mapping, tenant: rest.tenant }
  return {
    ...rest,
    facts: [
      ...decoded.spans.map((span) => mapSpan(span, options)),
      ...decoded.records.map((record) => mapRecord(record, options)),
    ],
    indexes: [...decoded.spans, ...decoded.records].map(({ index }) => index),
    refused: refusedAtOnce(decoded, rest.tenant),
  }
}

function refusedAtOnce({ refused }: Decoded, tenant: string): RefusedSpan[] {
  return refused.map((one) => {
    const { signal, format, name, reason, message } = one
    return { tenant, signal, format, name, reason, message, trace: one.traceId, span: one.spanId, body: one.bytes }
  })
}

/** What settling or the database refused. */
function refusedLater(understood: Understood, fates: readonly Fate[]): RefusedSpan[] {
  const { signal, format, tenant, facts, indexes, requestOf } = understood
  return fates.flatMap((fate, i) => {
    if (fate !== 'conflict' && typeof fate === 'string') return []
    const { trace, id, name } = facts[i]!
    const why =
      fate === 'conflict'
        ? { reason: 'conflict', message: `Another span has the id ${id} in this trace, and a later end.` }
        : { reason: 'refused-value', message: fate.refused }
    return [{ tenant, signal, format, trace, span: id, name, ...why, body: requestOf(indexes[i]!) }]
  })
}
