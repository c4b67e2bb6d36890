import type { ExportRequest, Receipt } from './accept/receipt.ts'
import { cutOut } from './decode/cut.ts'
import { decode } from './decode/decode.ts'
import type { Decoded } from './decode/span.ts'
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

/** What a request meets on its way. */
export interface Walk {
  readonly mapping: MapOptions
  readonly queue: Queue<Fate>
  readonly keepRefused: (refused: readonly RefusedSpan[]) => Promise<void>
  readonly events: Events
}

/** The walk of a request through the rooms: bytes, spans, facts, rows; then the answer. */
export async function receive(walk: Walk, request: ExportRequest): Promise<Receipt> {
  const understood = understand(walk, request)
  const received = understood.facts.length + understood.refused.length
  try {
    const fates = await walk.queue.submit(understood.facts)
    const refused = [...understood.refused, ...refusedLater(request, understood, fates)]
    await walk.keepRefused(refused)
    for (const { reason } of refused) walk.events.spanRefused(reason)
    const count = (outcome: Fate) => fates.filter((fate) => fate === outcome).length
    walk.events.requestAnswered(request.signal, {
      received,
      committed: count('committed'),
      unrelated: count('unrelated'),
      duplicate: count('duplicate'),
      refused: refused.length,
      givenBack: 0,
    })
    return receiptOf(refused)
  } catch (error) {
    const nothing = { committed: 0, unrelated: 0, duplicate: 0, refused: 0 }
    walk.events.requestAnswered(request.signal, { received, ...nothing, givenBack: received })
    throw error
  }
}

interface Understood {
  readonly facts: readonly Facts[]
  /** The place of each fact's span or record in the request. */
  readonly indexes: readonly number[]
  readonly refused: readonly RefusedSpan[]
}

/** The spans themselves are let go here: a request waits for its commit with its facts only. */
function understand(walk: Walk, { signal, format, body, tenant }: ExportRequest): Understood {
  const decoded = decode(signal, format, body)
  decoded.warnings.forEach(walk.events.warning)
  const options = { ...walk.mapping, tenant }
  return {
    facts: [
      ...decoded.spans.map((span) => mapSpan(span, options)),
      ...decoded.records.map((record) => mapRecord(record, options)),
    ],
    indexes: [...decoded.spans, ...decoded.records].map(({ index }) => index),
    refused: refusedAtOnce(decoded, tenant),
  }
}

function refusedAtOnce({ refused }: Decoded, tenant: string): RefusedSpan[] {
  return refused.map((one) => {
    const { signal, format, name, reason, message } = one
    return { tenant, signal, format, name, reason, message, trace: one.traceId, span: one.spanId, body: one.bytes }
  })
}

/** What settling or the database refused. */
function refusedLater(
  { signal, format, body, tenant }: ExportRequest,
  { facts, indexes }: Understood,
  fates: readonly Fate[],
): RefusedSpan[] {
  return fates.flatMap((fate, i) => {
    if (fate !== 'conflict' && typeof fate === 'string') return []
    const { trace, id, name } = facts[i]!
    const why =
      fate === 'conflict'
        ? { reason: 'conflict', message: `Another span has the id ${id} in this trace, and a later end.` }
        : { reason: 'refused-value', message: fate.refused }
    return [{ tenant, signal, format, trace, span: id, name, ...why, body: cutOut(signal, format, body, indexes[i]!) }]
  })
}

/** Names the first few refused spans; all of them are kept. */
function receiptOf(refused: readonly RefusedSpan[]): Receipt {
  if (refused.length === 0) return { rejected: 0, message: '' }
  const named = refused.slice(0, 3).map(({ trace, span, message }) => `${trace}/${span}: ${message}`)
  const more = refused.length > named.length ? ` And ${refused.length - named.length} more.` : ''
  return {
    rejected: refused.length,
    message: `${named.join(' ')}${more} They are kept in spanledger.refused_spans.`,
  }
}
