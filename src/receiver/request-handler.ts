import type { ExportRequest, Receipt } from '../accept/answers/receipt.ts'
import { partsOf, type RequestPart, type RequestParts } from '../decode/request-parts.ts'
import type { Pipeline } from '../pipeline.ts'
import { type Admission, type Entered, openAdmission } from '../queue/admission.ts'
import type { TenantServer, TenantServers } from '../store/tenants/tenant-servers.ts'
import { collectOften } from './garbage.ts'
import { handleItems } from './handle-request.ts'
import { type LargeRequestOptions, openLargeRequests } from './large-requests.ts'

/** Makes rows of the requests of a receiver, within its memory and its time. */
export interface RequestHandler {
  /** Resolves after COMMIT; throws Malformed, TooLarge, or Unavailable to be retried. */
  receive(request: ExportRequest): Promise<Receipt>
  /** Ends what goes on without a sender that waits for it. What is not stored will be sent again. */
  stop(): Promise<void>
}

/** The times of a request handler, in milliseconds. */
export interface HandlerOptions extends Omit<LargeRequestOptions, 'store'> {
  /** A request that has waited longer is not begun. */
  readonly beginWithinMs: number
}

/** Decoding and mapping so many bytes takes some 10 to 20 ms. */
const mostBytesPerTurn = 512 * 1024
/**
 * Requests of so many bytes of protobuf, or of as many spans in JSON, are decoded and wait for their COMMIT, on each server; the
 * others wait as they came.
 */
export const mostDecodedBytes: number = 4 * 1024 * 1024

/**
 * JSON has 1.7 times the bytes of the same spans in protobuf (`npm run bench`), and decoded they take the same memory. Parts of
 * large requests count as they are, because their text is in memory too.
 */
function protobufBytes({ format }: ExportRequest, bytes: number): number {
  return format === 'json' ? Math.ceil(bytes / 1.7) : bytes
}

/** A usual span has some 800 bytes and takes 4.5 kB of memory when it is mapped, of which so many bytes count for the objects. */
const mappedItemBytes = 1_000
/** Of a long text, its string and its body are held: a third of what as many bytes of usual spans take. */
const mappedTextShare = 0.3

/** As how many bytes mapped items count, of so many that came. */
function mappedBytes(items: number, bytes: number): number {
  return items * mappedItemBytes + bytes * mappedTextShare
}

/** Opens a request handler. Each request waits for its turn before it is decoded, and a large one is stored in parts. */
export function openRequestHandler(
  pipeline: Pipeline,
  servers: TenantServers,
  options: HandlerOptions,
): RequestHandler {
  const { beginWithinMs } = options
  const admissions = new Map<TenantServer, Admission>()
  const admissionOf = (tenant: string) => {
    const server = servers.serverOf(tenant)
    const isFull = () => pipeline.queue.isFull(tenant)
    const admission =
      admissions.get(server) ??
      openAdmission({ mostBytes: mostDecodedBytes, mostBytesPerTurn, isFull, onWaiting: collectOften })
    admissions.set(server, admission)
    return admission
  }
  const storePart = (request: ExportRequest, part: RequestPart, sinceMs: number, entered: Entered) => {
    const { signal, transport, tenant } = request
    const { decodeInto, requestOf } = part
    const items = { signal, transport, tenant, decodeInto, requestOf }
    return handleItems(pipeline, items, sinceMs, (count) => entered.shrink(mappedBytes(count, part.bytes)))
  }
  const large = openLargeRequests({
    ...options,
    async store(request, part, lastMs) {
      const entered = await admissionOf(request.tenant).enter(part.bytes, lastMs)
      return storePart(request, part, lastMs - beginWithinMs, entered).finally(() => entered.leave())
    },
  })
  const beginLarge = (request: ExportRequest, parts: RequestParts) => {
    collectOften(true)
    return large.begin(request, parts).finally(() => collectOften(false))
  }
  return {
    async receive(request) {
      const { signal, format, body, tenant } = request
      const sinceMs = performance.now()
      const again = large.join(request)
      if (again !== null) return again
      const entered = await admissionOf(tenant).enter(protobufBytes(request, body.length), sinceMs + beginWithinMs)
      try {
        const cut = partsOf(signal, format, body)
        const parts = cut instanceof Promise ? await cut : cut
        if (!parts.isLarge) return await storePart(request, [...parts][0]!, sinceMs, entered)
        entered.leave()
        return await beginLarge(request, parts)
      } finally {
        entered.leave()
      }
    },
    stop: () => large.stop(),
  }
}
