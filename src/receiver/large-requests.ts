import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { ExportRequest, Receipt } from '../accept/answers/receipt.ts'
import type { RequestPart, RequestParts } from '../decode/request-parts.ts'
import type { ItemSink } from '../decode/span.ts'
import { Unavailable } from '../errors.ts'

/**
 * Requests that take longer than an answer may. Their parts are stored one after the other, and this goes on after the
 * sender was asked to try again: its resend, whose bytes are the same, joins what is under way, or gets the receipt of what
 * has been done meanwhile.
 */
export interface LargeRequests {
  /** Returns the receipt of an equal request that was begun; null where there is none. */
  join(request: ExportRequest): Promise<Receipt> | null
  /** Stores a request; throws Malformed and TooLarge before anything of it is stored. */
  begin(request: ExportRequest, parts: RequestParts): Promise<Receipt>
  /** Ends all requests after the part that each is at. */
  stop(): Promise<void>
}

/** How large requests are stored. */
export interface LargeRequestOptions {
  /** Stores one part; begins no later than `lastMs`, as `performance.now()` counts. */
  readonly store: (request: ExportRequest, part: RequestPart, lastMs: number) => Promise<Receipt>
  /** How long a request that joins another waits for it. */
  readonly answerTimeoutMs: number
}

/** A part waits so long for its turn. */
const partTimeoutMs = 15_000
/** So many receipts are kept for resends. */
const mostReceipts = 32
/** Parts of one request that are under way at a time: two wait, as one batch, while one is written. */
const partsAtOnce = 3

/** Opens the store of large requests, which is empty. */
export function openLargeRequests({ store, answerTimeoutMs }: LargeRequestOptions): LargeRequests {
  const known = new Map<string, { readonly bytes: number; readonly stored: Promise<Receipt> }>()
  const running = new Set<Promise<Receipt>>()
  let isStopping = false
  const storeParts = async (request: ExportRequest, parts: RequestParts): Promise<Receipt> => {
    await validate(parts)
    const receipts: Receipt[] = []
    const underWay = new Set<Promise<void>>()
    for (const part of parts) {
      if (isStopping) throw new Unavailable('The receiver is shutting down; send the request again.')
      const stored = store(request, part, performance.now() + partTimeoutMs).then((receipt) => {
        receipts.push(receipt)
        underWay.delete(stored)
      })
      underWay.add(stored)
      stored.catch(() => {}).finally(() => part.release())
      if (underWay.size >= partsAtOnce) await Promise.race(underWay)
      await turn()
    }
    await Promise.all(underWay)
    return joined(receipts)
  }
  const remember = (request: ExportRequest, stored: Promise<Receipt>) => {
    const key = digestOf(request)
    known.set(key, { bytes: request.body.length, stored })
    stored.catch(() => known.delete(key))
    for (const oldest of known.keys()) {
      if (known.size <= mostReceipts) break
      known.delete(oldest)
    }
  }
  return {
    join(request) {
      // a digest of each request would cost all of them for the few that are large
      const hasLength = [...known.values()].some(({ bytes }) => bytes === request.body.length)
      const found = hasLength ? known.get(digestOf(request)) : undefined
      return found === undefined ? null : within(found.stored, answerTimeoutMs)
    },
    begin(request, parts) {
      const stored = storeParts(request, parts)
      running.add(stored)
      stored.finally(() => running.delete(stored)).catch(() => {})
      remember(request, stored)
      return stored
    },
    async stop() {
      isStopping = true
      await Promise.allSettled(running)
    },
  }
}

const nowhere: ItemSink = { span: () => {}, record: () => {} }

/** Decodes all parts, so that a request that is no OTLP is refused whole. */
async function validate(parts: Iterable<RequestPart>): Promise<void> {
  for (const part of parts) {
    part.decodeInto(nowhere)
    part.release()
    await turn()
  }
}

function digestOf({ signal, format, tenant, body }: ExportRequest): string {
  const hash = createHash('sha256').update(`${signal} ${format} ${tenant} `)
  return hash.update(body).digest('hex')
}

function joined(receipts: readonly Receipt[]): Receipt {
  const rejected = receipts.reduce((sum, receipt) => sum + receipt.rejected, 0)
  return { rejected, message: receipts.find(({ message }) => message !== '')?.message ?? '' }
}

async function within(stored: Promise<Receipt>, timeoutMs: number): Promise<Receipt> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const notYet = () => new Unavailable('The request is still being stored; send it again to learn when it is done.')
    timer = setTimeout(() => reject(notYet()), timeoutMs)
  })
  return Promise.race([stored, late]).finally(() => clearTimeout(timer))
}
