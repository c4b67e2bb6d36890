import http2 from 'node:http2'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type Calls, openCalls } from './calls.ts'
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

/**
 * Sends a request at each due time, whether or not the ones before are answered; returns the milliseconds from each due time
 * to the answer. A request whose sender still waits for an answer goes when that has come.
 */
export async function sendSteadily(
  receiver: RunningReceiver,
  door: Door,
  bodies: readonly Uint8Array[],
  pauseMs: number,
): Promise<number[]> {
  const senders = openSenders(receiver, door, 8)
  const sent = senders.map(() => Promise.resolve())
  const startMs = performance.now()
  const answers = bodies.map(async (body, i) => {
    const dueMs = startMs + i * pauseMs
    await sleep(dueMs - performance.now())
    const sender = i % senders.length
    sent[sender] = sent[sender]!.then(() => senders[sender]!.send(body))
    await sent[sender]
    return performance.now() - dueMs
  })
  const times = await Promise.all(answers)
  for (const { close } of senders) close()
  return times
}

const exportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
const unavailable = 14

/**
 * A client of HTTP/2 with no more than calls need: the one of @grpc/grpc-js takes as much CPU for a request of one span as
 * the receiver does, on the same cores. What is not taken is sent again by a client that reads why.
 */
function grpcSender(address: string, compression: Door['compression']): Sender {
  let session: http2.ClientHttp2Session | undefined
  let calls: Promise<Calls> | undefined
  const headers = {
    ':method': 'POST',
    ':path': exportPath,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(compression === 'gzip' && { 'grpc-encoding': 'gzip' }),
  }
  const attempt = (prefix: Buffer, message: Uint8Array) =>
    new Promise<number>((resolve, reject) => {
      session ??= http2.connect(`http://${address}`)
      const stream = session.request(headers)
      let answered = 0
      stream.on('data', (chunk: Buffer) => {
        answered += chunk.length
      })
      const end = (fields: http2.IncomingHttpHeaders) => {
        if (fields['grpc-status'] === undefined) return
        if (answered > prefixBytes) reject(new Error('partial success'))
        else resolve(Number(fields['grpc-status']))
      }
      // an error without a message ends with the first headers
      stream.on('response', end)
      stream.on('trailers', end)
      stream.on('error', reject)
      stream.write(prefix)
      stream.end(message)
    })
  return {
    send: async (body) => {
      const message = compression === 'gzip' ? gzipSync(body) : body
      const prefix = prefixOf(message, compression)
      calls ??= openCalls(address, exportPath, compression)
      const answered = await (await calls).call(prefix, message)
      if (answered > prefixBytes) throw new Error('partial success')
      if (answered === prefixBytes) return
      for (;;) {
        const status = await attempt(prefix, message)
        if (status === 0) return
        if (status !== unavailable) throw new Error(`the receiver answers ${status}`)
      }
    },
    close: () => {
      session?.close()
      calls?.then(({ close }) => close())
    },
  }
}

/** Whether a message is compressed, and its length. */
const prefixBytes = 5

function prefixOf(message: Uint8Array, compression: Door['compression']): Buffer {
  const prefix = Buffer.allocUnsafe(prefixBytes)
  prefix[0] = compression === 'gzip' ? 1 : 0
  prefix.writeUInt32BE(message.length, 1)
  return prefix
}

/** A client of HTTP/1.1 that reads no more of an answer than its status and its length. */
function httpSender(base: string, encoding: Door['encoding']): Sender {
  const { hostname, port } = new URL(base)
  const socket = net.connect(Number(port), hostname)
  const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf'
  let answer = ''
  let answered: (status: number) => void = () => {}
  let failed: (error: Error) => void = () => {}
  socket.setNoDelay()
  socket.on('error', (error) => failed(error))
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1')
    const end = answer.indexOf('\r\n\r\n')
    if (end === -1) return
    const length = Number(/^content-length: *(\d+)/im.exec(answer)?.[1] ?? 0)
    if (answer.length < end + 4 + length) return
    const status = Number(answer.slice(9, 12))
    answer = ''
    answered(status)
  })
  const attempt = (body: Uint8Array) =>
    new Promise<number>((resolve, reject) => {
      answered = resolve
      failed = reject
      socket.cork()
      socket.write(
        `POST /v1/traces HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`,
      )
      socket.write(body)
      socket.uncork()
    })
  return {
    send: async (body) => {
      for (;;) {
        const status = await attempt(body)
        if (status === 200) return
        if (status !== 503) throw new Error(`the receiver answers ${status}`)
      }
    },
    close: () => socket.destroy(),
  }
}
