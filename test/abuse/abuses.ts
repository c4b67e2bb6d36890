import { readFileSync } from 'node:fs'
import http from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { encodedLoad, idOnEverySpan, type Shape } from '../bench/load.ts'
import type { Body } from './bodies.ts'

/** How long a thread has waited for a processor since its start, in milliseconds, by its folder in /proc. */
export function waitedMs(thread: string): number {
  return Number(readFileSync(`${thread}/schedstat`, 'latin1').split(' ')[1]) / 1e6
}

/** Where an abuse goes, and for how long at most. */
export interface Target {
  /** A base URL. */
  readonly http: string
  readonly forMs: number
}

/** What was answered. */
export interface Answers {
  /** How often each status. */
  readonly statuses: ReadonlyMap<string, number>
  /** The longest time from the end of a request to its answer, whatever it was. */
  readonly longestMs: number
  /** How long this thread itself has waited for a processor, in milliseconds. */
  readonly waitedMs: number
  /** The numbers of the requests that were acknowledged. */
  readonly acknowledged: ReadonlySet<number>
}

const protobuf = { 'content-type': 'application/x-protobuf' }

/**
 * Many senders, each with one request of 512 spans on its way, which sends on as soon as it is answered. All requests differ
 * until so many were sent; then they come again. Returns, too, how many calls of a model the acknowledged ones have.
 */
export async function overload(
  target: Target,
  senders: number,
  requests: number,
): Promise<Answers & { readonly calls: number }> {
  const { bodies } = encodedLoad(idOnEverySpan, requests, 'overload')
  const answers = await send(target, senders, (number) => {
    return { body: bodies[number % bodies.length]!, headers: protobuf }
  })
  const stored = new Set([...answers.acknowledged].map((number) => number % bodies.length))
  const calls = [...stored].reduce((sum, number) => sum + callsIn(bodies[number]!), 0)
  return { ...answers, calls }
}

function callsIn(body: Uint8Array): number {
  return Buffer.from(body).toString('latin1').split('gen_ai.usage.output_tokens').length - 1
}

/** Sends each body until it is acknowledged or refused for good, so many at a time. */
export function sendBodies(target: Target, bodies: readonly Body[], senders = 1): Promise<Answers> {
  return send(target, senders, (number) => bodies[number] ?? null)
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
  return sendBodies(target, [{ body, headers }])
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

/** Sends until the time is over or `next` has nothing; a request that was given back comes again. */
async function send({ http: base, forMs }: Target, senders: number, next: (number: number) => Body | null) {
  const statuses = new Map<string, number>()
  const acknowledged = new Set<number>()
  const untilMs = performance.now() + forMs
  let longestMs = 0
  let number = 0
  const before = waitedMs('/proc/thread-self')
  const attempt = (agent: http.Agent, { body, headers }: Body) =>
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
    let own = number++
    for (let body = next(own); body !== null; body = next(own)) {
      const status = await attempt(agent, body)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === '200') acknowledged.add(own)
      if (performance.now() > untilMs) break
      if (status === '503') await pause(200)
      else own = number++
    }
    agent.destroy()
  }
  await Promise.all(Array.from({ length: senders }, sender))
  return { statuses, longestMs, waitedMs: waitedMs('/proc/thread-self') - before, acknowledged }
}
