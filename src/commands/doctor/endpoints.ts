import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import type { Config } from '../../config/settings.ts'
import { localAddress } from '../connect/local-address.ts'
import { protobufOf } from '../formats/otlp-json.ts'
import type { Probe } from './probe.ts'
import type { Sender } from './sender.ts'

/** An OTLP endpoint of a receiver. `send` resolves when the probe is acknowledged whole, and rejects with the reason otherwise. */
export interface Endpoint {
  readonly check: string
  readonly address: string
  readonly send: (probe: Probe) => Promise<void>
}

const answerWithinMs = 10_000

/** The endpoints at which the receiver of this configuration is reached on this machine. */
export function endpointsOf({ httpListen, grpcListen, tlsCertFile }: Config, sender: Sender): Endpoint[] {
  const isTls = tlsCertFile !== null
  const http = `${isTls ? 'https' : 'http'}://${localAddress(httpListen)}/v1/traces`
  const grpc = localAddress(grpcListen)
  return [
    { check: 'OTLP/HTTP', address: http, send: (probe) => sendByHttp(http, probe, sender) },
    { check: 'OTLP/gRPC', address: grpc, send: (probe) => sendByGrpc(grpc, isTls, probe, sender) },
  ]
}

async function sendByHttp(url: string, { request }: Probe, { headers, ...tls }: Sender): Promise<void> {
  const isTls = url.startsWith('https:')
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(answerWithinMs),
  }
  const sent = isTls ? httpsRequest(url, { ...options, ...tls }) : httpRequest(url, options)
  sent.end(JSON.stringify(request))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const answer = await text(response)
  if (response.statusCode !== 200 || answer.includes('rejectedSpans'))
    throw new Error(`answered ${response.statusCode}: ${answer.slice(0, 300)}`)
}

function sendByGrpc(address: string, isTls: boolean, { request }: Probe, sender: Sender): Promise<void> {
  const { headers, ca = null, key = null, cert = null } = sender
  const channel = isTls ? credentials.createSsl(ca, key, cert) : credentials.createInsecure()
  const client = new Client(address, channel)
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  const unchanged = (bytes: Buffer) => bytes
  return new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      unchanged,
      unchanged,
      protobufOf('traces', request),
      metadata,
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
