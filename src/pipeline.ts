import type { Decoded, Format, Signal } from './decode/span.ts'
import type { Events } from './events.ts'
import type { Facts } from './map/facts/facts.ts'
import type { MapOptions } from './map/options.ts'
import { mapRecord } from './map/record.ts'
import { mapSpan } from './map/span.ts'
import type { Queue } from './queue/queue.ts'
import type { ArrivalOutcome } from './settle/tree/merge-versions.ts'
import type { RefusedSpan } from './transaction/refused.ts'

/** What becomes of a span or record: settled, or refused by the database. */
export type Fate = ArrivalOutcome | { readonly refused: string }

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

/** What came together, mapped: only their facts wait for the commit, with the attributes that their events will tell. */
export interface Understood {
  readonly signal: Signal
  readonly tenant: string
  readonly facts: readonly Facts[]
  /** For each fact what is kept if the database refuses it. */
  readonly kept: readonly Kept[]
  readonly refused: readonly RefusedSpan[]
}

/** An OTLP request that is put together only when it is asked for. */
interface Kept {
  readonly format: Format
  readonly body: () => Uint8Array
}

/** The first half of the walk: spans and records become facts. */
export function understand(walk: Walk, { signal, tenant, decoded, format, requestOf }: Arrived): Understood {
  decoded.warnings.forEach(walk.events.warning)
  const options = { ...walk.mapping, tenant }
  const refused = decoded.refused.map(({ name, reason, message, traceId, spanId, bytes }) => {
    return { tenant, signal, format, name, reason, message, trace: traceId, span: spanId, body: bytes }
  })
  return {
    signal,
    tenant,
    facts: [
      ...decoded.spans.map((span) => mapSpan(span, options)),
      ...decoded.records.map((record) => mapRecord(record, options)),
    ],
    kept: [...decoded.spans, ...decoded.records].map(({ index }) => ({ format, body: () => requestOf(index) })),
    refused,
  }
}

/** The second half: facts become rows. Answers after COMMIT with what was refused; throws what may pass. */
export async function settle(walk: Walk, understood: Understood): Promise<readonly RefusedSpan[]> {
  const { signal, facts } = understood
  const received = facts.length + understood.refused.length
  try {
    const fates = await walk.queue.submit(facts)
    const refused = [...understood.refused, ...refusedLater(understood, fates)]
    await walk.keepRefused(refused)
    for (const { reason } of refused) walk.events.spanRefused(reason)
    const count = (outcome: Fate) => fates.filter((fate) => fate === outcome).length
    walk.events.requestAnswered(signal, {
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
    walk.events.requestAnswered(signal, { received, ...nothing, givenBack: received })
    throw error
  }
}

/** What settling or the database refused. */
function refusedLater({ signal, tenant, facts, kept }: Understood, fates: readonly Fate[]): RefusedSpan[] {
  return fates.flatMap((fate, i) => {
    if (fate !== 'conflict' && typeof fate === 'string') return []
    const { trace, id, name } = facts[i]!
    const { format, body } = kept[i]!
    const why =
      fate === 'conflict'
        ? { reason: 'conflict', message: `Another span has the id ${id} in this trace, and a later end.` }
        : { reason: 'refused-value', message: fate.refused }
    return [{ tenant, signal, format, trace, span: id, name, ...why, body: body() }]
  })
}
