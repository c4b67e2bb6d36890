import http from 'node:http'
import * as grpc from '@grpc/grpc-js'
import type { Door } from './load.ts'
import type { RunningReceiver } from './receiver.ts'

/** Sends one request until it is acknowledged: what is given back is sent again, as the protocol asks. */
export type Send = (body: Uint8Array) => Promise<void>

/** A sender with one connection of its own. */
export interface Sender {
  readonly send: Send
  readonly close: () => void
}

/** Opens senders, each with its own connection. */
export function openSenders(
  receiver: RunningReceiver,
  { protocol, encoding, compression }: Door,
  count: number,
): Sender[] {
  return Array.from({ length: count }, () =>
    protocol === 'grpc' ? grpcSender(receiver.address, compression) : httpSender(receiver.http, encoding),
  )
}

/** Sends all requests until each is acknowledged; each sender has one on its way at a time. */
export async function sendAll(
  receiver: RunningReceiver,
  door: Door,
  bodies: readonly Uint8Array[],
  count = 8,
): Promise<void> {
  const senders = openSenders(receiver, door, count)
  await Promise.all(
    senders.map(async ({ send, close }, sender) => {
      for (let i = sender; i < bodies.length; i += count) await send(bodies[i]!)
      close()
    }),
  )
}

function grpcSender(address: string, compression: Door['compression']): Sender {
  const algorithm = compression === 'gzip' ? grpc.compressionAlgorithms.gzip : grpc.compressionAlgorithms.identity
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.default_compression_algorithm': algorithm,
  })
  const method = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
  const pass = (bytes: Buffer) => bytes
  const attempt = (body: Buffer) =>
    new Promise<grpc.ServiceError | null>((resolve, reject) =>
      client.makeUnaryRequest(method, pass, pass, body, (failure, answer) => {
        if (failure === null && answer!.length > 0) reject(new Error(`partial success: ${answer!.toString()}`))
        else resolve(failure)
      }),
    )
  return {
    send: async (body) => {
      for (;;) {
        const error = await attempt(Buffer.from(body))
        if (error === null) return
        if (error.code !== grpc.status.UNAVAILABLE) throw error
      }
    },
    close: () => client.close(),
  }
}

function httpSender(base: string, encoding: Door['encoding']): Sender {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { 'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf' }
  const attempt = (body: Uint8Array) =>
    new Promise<number>((resolve, reject) => {
      const request = http.request(`${base}/v1/traces`, { method: 'POST', agent, headers }, (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode!))
      })
      request.on('error', reject)
      request.end(body)
    })
  return {
    send: async (body) => {
      for (;;) {
        const status = await attempt(body)
        if (status === 200) return
        if (status !== 503) throw new Error(`the receiver answers ${status}`)
      }
    },
    close: () => agent.destroy(),
  }
}
