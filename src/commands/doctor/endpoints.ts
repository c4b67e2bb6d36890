import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import type { Config } from '../../config/settings.ts'
import { localAddress } from '../connect/local-address.ts'
import { protobufOf } from '../formats/otlp-json.ts'
import type { Probe } from './probe.ts'

/** An OTLP endpoint of a receiver. `send` resolves when the probe is acknowledged whole, and rejects with the reason otherwise. */
export interface Endpoint {
  readonly check: string
  readonly address: string
  readonly send: (probe: Probe) => Promise<void>
}

const answerWithinMs = 10_000

/** The endpoints at which the receiver of this configuration is reached on this machine. */
export function endpointsOf({ httpListen, grpcListen }: Config): Endpoint[] {
  const http = `http://${localAddress(httpListen)}/v1/traces`
  const grpc = localAddress(grpcListen)
  return [
    { check: 'OTLP/HTTP', address: http, send: (probe) => sendByHttp(http, probe) },
    { check: 'OTLP/gRPC', address: grpc, send: (probe) => sendByGrpc(grpc, probe) },
  ]
}

async function sendByHttp(url: string, { request }: Probe): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(answerWithinMs),
  }).catch((error: Error) => {
    throw new Error(error.cause instanceof Error ? error.cause.message : error.message)
  })
  const text = await answer.text()
  if (answer.status !== 200 || text.includes('rejectedSpans'))
    throw new Error(`answered ${answer.status}: ${text.slice(0, 300)}`)
}

function sendByGrpc(address: string, { request }: Probe): Promise<void> {
  const client = new Client(address, credentials.createInsecure())
  const unchanged = (bytes: Buffer) => bytes
  return new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      unchanged,
      unchanged,
      protobufOf('traces', request),
      { deadline: Date.now() + answerWithinMs },
      (error: ServiceError | null, answer?: Buffer) => {
        if (error) reject(error)
        // an empty answer acknowledges every span (R13)
        else if (answer?.length === 0) resolve()
        else reject(new Error(`the answer is not empty: ${answer?.toString('latin1')}`))
      },
    )
  }).finally(() => client.close())
}
