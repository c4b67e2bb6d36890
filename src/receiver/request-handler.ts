import type { ExportRequest, Receipt } from '../accept/answers/receipt.ts'
import { partsOf, type RequestPart, type RequestParts } from '../decode/request-parts.ts'
import type { Pipeline } from '../pipeline.ts'
import { type Admission, openAdmission } from '../queue/admission.ts'
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
  const storePart = (request: ExportRequest, part: RequestPart, sinceMs: number) => {
    const { signal, transport, tenant } = request
    const decoded = part.decode()
    return handleItems(pipeline, { signal, transport, tenant, decoded, requestOf: part.requestOf }, sinceMs)
  }
  const large = openLargeRequests({
    ...options,
    async store(request, part, lastMs) {
      const leave = await admissionOf(request.tenant).enter(part.bytes, lastMs)
      return storePart(request, part, lastMs - beginWithinMs).finally(leave)
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
      const leave = await admissionOf(tenant).enter(protobufBytes(request, body.length), sinceMs + beginWithinMs)
      try {
        const cut = partsOf(signal, format, body)
        const parts = cut instanceof Promise ? await cut : cut
        if (!parts.isLarge) return await storePart(request, [...parts][0]!, sinceMs)
        leave()
        return await beginLarge(request, parts)
      } finally {
        leave()
      }
    },
    stop: () => large.stop(),
  }
}
