import { setTimeout as sleep } from 'node:timers/promises'
import { numberField } from '../answers/protobuf-writer.ts'
import { beginMessages, endWith, type GrpcMethod, messagesOf, sendMessage } from './grpc-service.ts'

/** Returns whether rows can be committed now. */
export type IsReady = () => Promise<boolean>

/** ServingStatus. Source: proto/grpc/health/v1/health.proto. */
const status = { serving: 1, notServing: 2, serviceUnknown: 3 } as const
type Status = (typeof status)[keyof typeof status]

/** The status code NOT_FOUND. */
const notFound = 5
/** How often a watched status is looked at, and how long one answer of the database is good for. */
const everyMs = 1_000

/** The services whose health is known; '' is the server as a whole. */
const services: ReadonlySet<string> = new Set([
  '',
  'opentelemetry.proto.collector.trace.v1.TraceService',
  'opentelemetry.proto.collector.logs.v1.LogsService',
  'opentelemetry.proto.collector.metrics.v1.MetricsService',
])

/**
 * The methods of grpc.health.v1.Health: SERVING while rows can be committed, as /readyz has it.
 * Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function healthMethods(isReady: IsReady): ReadonlyMap<string, GrpcMethod> {
  const current = statusWithin(everyMs, isReady)
  return new Map([
    ['/grpc.health.v1.Health/Check', check(current)],
    ['/grpc.health.v1.Health/Watch', watch(current)],
  ])
}

/** The status, which is looked for at most once in `milliseconds` however many clients ask. */
function statusWithin(milliseconds: number, isReady: IsReady): () => Promise<Status> {
  let known: { readonly atMs: number; readonly status: Promise<Status> } | undefined
  return () => {
    if (known === undefined || performance.now() - known.atMs >= milliseconds) {
      const found = isReady().then(
        (ready): Status => (ready ? status.serving : status.notServing),
        (): Status => status.notServing,
      )
      known = { atMs: performance.now(), status: found }
    }
    return known.status
  }
}

function check(current: () => Promise<Status>): GrpcMethod {
  return async ({ stream, stopping }) => {
    const service = await serviceIn(stream)
    if (!services.has(service)) return endWith(stream, notFound, 'unknown service')
    beginMessages(stream)
    sendMessage(stream, numberField(1, stopping() ? status.notServing : await current()))
    stream.end()
  }
}

/** Sends the status now, and again whenever it changes, until the client ends the call or the server stops. */
function watch(current: () => Promise<Status>): GrpcMethod {
  return async ({ stream, stopping }) => {
    const service = await serviceIn(stream)
    stream.setTimeout(0)
    beginMessages(stream)
    let sent: Status | undefined
    while (!stream.destroyed && !stream.closed) {
      const known = services.has(service) ? await current() : status.serviceUnknown
      const next = stopping() ? status.notServing : known
      if (next !== sent) sendMessage(stream, numberField(1, next))
      sent = next
      if (stopping()) return void stream.end()
      await sleep(everyMs, undefined, { ref: false })
    }
  }
}

/** The name of the service in a HealthCheckRequest, whose one field it is. */
async function serviceIn(stream: Parameters<typeof messagesOf>[0]): Promise<string> {
  const { value = Buffer.alloc(0) } = await messagesOf(stream).next()
  return value.length > 2 && value[0] === 0x0a && value[1] === value.length - 2 ? value.subarray(2).toString() : ''
}
