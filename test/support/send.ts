import { setTimeout as pause } from 'node:timers/promises'
import type { OtlpRequest } from './recordings.ts'
import { fieldsOf, varintOf } from './wire.ts'

/** What became of a number of requests. `failed` lists the answers that were neither success nor retryable. */
export interface Sent {
  readonly ok: number
  readonly retried: number
  readonly rejected: number
  readonly failed: readonly string[]
}

/** Answers after which OTLP lets a sender try again (R54). */
const retryable = [429, 502, 503, 504]

/**
 * Posts each request to one of the receivers in turn (base URLs), `parallel` at a time, in order where that is 1. A
 * retryable answer or a broken connection is tried again after its pause, for at most `patienceMs`.
 */
export async function sendAll(
  requests: readonly OtlpRequest[],
  baseUrls: readonly string[],
  { parallel = 1, patienceMs = 300_000, headers = {} }: SendOptions = {},
): Promise<Sent> {
  const waiting = requests.entries()
  const sum = { ok: 0, retried: 0, rejected: 0, failed: [] as string[] }
  const worker = async () => {
    for (const [index, request] of waiting) {
      const base = baseUrls[index % baseUrls.length]
      const sendOnce = () => send(request, base!, headers)
      const answer = await sendPatiently(sendOnce, patienceMs, () => sum.retried++)
      if (answer.status === 200) sum.ok++
      else sum.failed.push(`${request.signal} ${answer.status} ${answer.body.toString('latin1').slice(0, 200)}`)
      if (answer.status === 200) sum.rejected += rejectedIn(request, answer.body)
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  return sum
}

/** How requests are sent. */
export interface SendOptions {
  readonly parallel?: number
  readonly patienceMs?: number
  /** Sent with each of them. */
  readonly headers?: Record<string, string>
}

export interface Answer {
  /** 0: no answer came, and `body` is why. */
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer<ArrayBuffer>
}

/** Posts one request once. */
export async function send(
  { signal, format, body }: OtlpRequest,
  baseUrl: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const type = format === 'json' ? 'application/json' : 'application/x-protobuf'
  try {
    const response = await fetch(`${baseUrl}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body,
    })
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) }
  } catch (error) {
    return { status: 0, headers: new Headers(), body: Buffer.from(String(error)) }
  }
}

async function sendPatiently(
  sendOnce: () => Promise<Answer>,
  patienceMs: number,
  retried: () => void,
): Promise<Answer> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const answer = await sendOnce()
    const again = answer.status === 0 || retryable.includes(answer.status)
    if (!again || Date.now() > deadline) return answer
    retried()
    await pause(1000 * Number(answer.headers.get('retry-after') ?? 0.2))
  }
}

/** How many spans or records a success answer says were rejected (partial_success 1, rejected_spans 1). */
export function rejectedIn({ format }: Pick<OtlpRequest, 'format'>, body: Buffer<ArrayBuffer>): number {
  if (format === 'json') {
    const { partialSuccess = {} } = JSON.parse(body.toString())
    return Number(partialSuccess.rejectedSpans ?? partialSuccess.rejectedLogRecords ?? 0)
  }
  const partial = fieldsOf(body).find((field) => field.number === 1)
  const count = partial && fieldsOf(partial.content).find((field) => field.number === 1)
  return count ? varintOf(count.content) : 0
}
