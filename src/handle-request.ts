import type { ExportRequest, Receipt } from './accept/answers/receipt.ts'
import { decode } from './decode/decode.ts'
import { cutOut } from './decode/extract-item.ts'
import { settle, understand, type Walk } from './pipeline.ts'
import type { RefusedSpan } from './transaction/refused.ts'

/** A request becomes rows: its bytes become spans, which walk on; then it is answered. Throws what may pass. */
export async function receive(walk: Walk, { signal, format, body, tenant }: ExportRequest): Promise<Receipt> {
  const decoded = decode(signal, format, body)
  const requestOf = (index: number) => cutOut(signal, format, body, index)
  return receiptOf(await settle(walk, understand(walk, { signal, tenant, decoded, format, requestOf })))
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
