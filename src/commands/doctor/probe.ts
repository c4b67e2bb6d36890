import { randomBytes } from 'node:crypto'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import type { Config } from '../../config/settings.ts'
import { protobufOf } from '../otlp.ts'
import { reachable } from '../reachable.ts'

/** A run of one span that names its workflow. */
export interface Probe {
  readonly workflowId: string
  readonly traceId: string
  /** As OTLP/JSON has it. */
  readonly request: object
}

/** A way into a receiver. `send` resolves when the run is acknowledged as it is, and rejects with why it wasn't. */
export interface Door {
  readonly check: string
  readonly address: string
  readonly send: (probe: Probe) => Promise<void>
}

const answerWithinMs = 10_000

/** Where the receiver of this configuration can be reached from here. */
export function doorsOf({ httpListen, grpcListen }: Config): Door[] {
  const http = `http://${reachable(httpListen)}/v1/traces`
  const grpc = reachable(grpcListen)
  return [
    { check: 'OTLP/HTTP', address: http, send: (probe) => sendByHttp(http, probe) },
    { check: 'OTLP/gRPC', address: grpc, send: (probe) => sendByGrpc(grpc, probe) },
  ]
}

export function newProbe(): Probe {
  const traceId = randomBytes(16).toString('hex')
  const workflowId = `spanledger-doctor-${traceId.slice(0, 12)}`
  const nowNs = String(BigInt(Date.now()) * 1_000_000n)
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'spanledger doctor',
    kind: 1,
    startTimeUnixNano: nowNs,
    endTimeUnixNano: nowNs,
    attributes: [{ key: 'workflow_id', value: { stringValue: workflowId } }],
  }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'spanledger-doctor' } }] }
  return { workflowId, traceId, request: { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] } }
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
  const asItIs = (bytes: Buffer) => bytes
  return new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      asItIs,
      asItIs,
      protobufOf('traces', request),
      { deadline: Date.now() + answerWithinMs },
      (error: ServiceError | null, answer?: Buffer) => {
        if (error) reject(error)
        // all is taken, and so nothing is said (R13)
        else if (answer?.length === 0) resolve()
        else reject(new Error(`the answer is not empty: ${answer?.toString('latin1')}`))
      },
    )
  }).finally(() => client.close())
}
