import type { ExportRequest, Receipt } from '../accept/answers/receipt.ts'
import { decodeInto } from '../decode/decode.ts'
import { singleRequests } from '../decode/single-requests.ts'
import { mapItems, type Pipeline, type ReceivedItems, storeItems } from '../pipeline.ts'
import { schemaOf } from '../store/search-path.ts'
import type { RefusedSpan } from '../transaction/refused-spans.ts'

/** Makes rows of an OTLP request. Resolves after COMMIT; throws Malformed, TooLarge, or Unavailable to be retried. */
export async function handleRequest(pipeline: Pipeline, request: ExportRequest): Promise<Receipt> {
  const { signal, format, transport, body, tenant } = request
  return handleItems(pipeline, {
    signal,
    transport,
    tenant,
    decodeInto: (sink) => decodeInto(sink, signal, format, body),
    requestOf: singleRequests(signal, format, body),
  })
}

/**
 * Makes rows of items. `sinceMs`: since when its sender waits, as `performance.now()` counts. `onMapped` is called
 * with the number of items when they are mapped, which is before this returns.
 */
export async function handleItems(
  pipeline: Pipeline,
  items: ReceivedItems,
  sinceMs?: number,
  onMapped: (items: number) => void = () => {},
): Promise<Receipt> {
  const mapped = mapItems(pipeline, items)
  onMapped(mapped.facts.length)
  return receiptOf(mapped.tenant, await storeItems(pipeline, mapped, sinceMs))
}

/** The receipt names the first few refused spans; all of them are stored. */
function receiptOf(tenant: string, refused: readonly RefusedSpan[]): Receipt {
  if (refused.length === 0) return { rejected: 0, message: '' }
  const named = refused.slice(0, 3).map(({ trace, span, message }) => `${trace}/${span}: ${message}`)
  const more = refused.length > named.length ? ` And ${refused.length - named.length} more.` : ''
  return {
    rejected: refused.length,
    message: `${named.join(' ')}${more} They are kept in ${schemaOf(tenant)}.refused_spans.`,
  }
}
