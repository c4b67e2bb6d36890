import http from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { encodedLoad, idOnEverySpan, type Shape } from '../bench/load.ts'

/** Where an abuse goes, and for how long at most. */
export interface Target {
  /** A base URL. */
  readonly http: string
  readonly forMs: number
}

/** What was answered: how often each status, and the longest time from the end of a request to its answer. */
export interface Answers {
  readonly statuses: ReadonlyMap<string, number>
  readonly longestMs: number
}

const protobuf = { 'content-type': 'application/x-protobuf' }

/** Many senders, each with one request of 512 spans on its way, which sends on as soon as it is answered. */
export function overload(target: Target, senders: number): Promise<Answers> {
  const { bodies } = encodedLoad(idOnEverySpan, 100, 'overload')
  return send(target, senders, (number) => ({ body: bodies[number % bodies.length]!, headers: protobuf }))
}

/** Requests of 10 MiB in gzip, each with 10,287 spans. */
export function longGzip(target: Target, senders: number): Promise<Answers> {
  const body = gzipSync(encodedLoad({ ...idOnEverySpan, spansPerRequest: 10_287 }, 1, 'gzip').bodies[0]!)
  const headers = { ...protobuf, 'content-encoding': 'gzip' }
  return send(target, senders, () => ({ body, headers }))
}

/** One request of almost 64 MiB. */
export function longest(target: Target, encoding: Shape['encoding']): Promise<Answers> {
  const thousand = encodedLoad({ ...idOnEverySpan, encoding, spansPerRequest: 1000 }, 1, 'longest').bodies[0]!
  const copies = Math.floor((63 * 2 ** 20) / thousand.length)
  // fields of protobuf that are repeated may be one after the other
  const body = encoding === 'protobuf' ? Buffer.concat(Array(copies).fill(thousand)) : joinedJson(thousand, copies)
  const headers = encoding === 'protobuf' ? protobuf : { 'content-type': 'application/json' }
  return send(target, 1, () => ({ body, headers }))
}

function joinedJson(thousand: Uint8Array, copies: number): Buffer {
  const [, resource] = /^\{"resourceSpans":\[(.*)\]\}$/s.exec(Buffer.from(thousand).toString())!
  const part = Buffer.from(`,${resource}`)
  const all = Buffer.concat(Array(copies).fill(part)).subarray(1)
  return Buffer.concat([Buffer.from('{"resourceSpans":['), all, Buffer.from(']}')])
}

/** Empty requests over one connection, none of which waits for an answer. Resolves with the number of answers. */
export async function pipelined({ http: base, forMs }: Target, count: number): Promise<number> {
  const { hostname, port } = new URL(base)
  const head =
    'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n'
  const hundred = Buffer.from(head.repeat(100))
  const socket = connect(Number(port), hostname)
  let received = 0
  let rest = ''
  socket.on('data', (data: Buffer) => {
    const text = rest + data.toString('latin1')
    received += text.split('HTTP/1.1 200').length - 1
    rest = text.slice(text.lastIndexOf('HTTP/1.1 200') + 12).slice(-11)
  })
  for (let sent = 0; sent < count; sent += 100)
    if (!socket.write(hundred)) await new Promise((resolve) => socket.once('drain', resolve))
  for (let waitedMs = 0; received < count && waitedMs < forMs; waitedMs += 20) await pause(20)
  socket.destroy()
  return received
}

interface Sending {
  readonly body: Uint8Array
  readonly headers: Record<string, string>
}

async function send({ http: base, forMs }: Target, senders: number, next: (number: number) => Sending) {
  const statuses = new Map<string, number>()
  const untilMs = performance.now() + forMs
  let longestMs = 0
  let number = 0
  const attempt = (agent: http.Agent, { body, headers }: Sending) =>
    new Promise<string>((resolve) => {
      let sentMs = performance.now()
      const request = http.request(`${base}/v1/traces`, { method: 'POST', agent, headers }, (response) => {
        longestMs = Math.max(longestMs, performance.now() - sentMs)
        response.resume().on('end', () => resolve(String(response.statusCode)))
      })
      request.on('finish', () => (sentMs = performance.now()))
      request.on('error', (error) => resolve(String(error)))
      request.end(body)
    })
  const sender = async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    do {
      const status = await attempt(agent, next(number++))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status !== '200') await pause(200)
      else if (senders === 1) break
    } while (performance.now() < untilMs)
    agent.destroy()
  }
  await Promise.all(Array.from({ length: senders }, sender))
  return { statuses, longestMs }
}
