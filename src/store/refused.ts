import type { Format, Signal } from '../decode/span.ts'
import type { Database } from './database.ts'
import { statement } from './statements.ts'

/** A span or record that isn't taken, as it is kept: `body` is an OTLP request that holds just this. */
export interface RefusedSpan {
  readonly tenant: string
  readonly signal: Signal
  readonly format: Format
  readonly trace: string
  readonly span: string
  readonly name: string
  /** A slug (`invalid-trace-id`), and one English sentence. */
  readonly reason: string
  readonly message: string
  readonly body: Uint8Array
}

/** Keeps refused spans. The same one refused again is counted, not kept twice. */
export async function keepRefused(
  database: Database,
  idOf: (...parts: string[]) => string,
  spans: readonly RefusedSpan[],
): Promise<void> {
  if (spans.length === 0) return
  const unique = new Map(
    spans.map((span) => [
      idOf('refused', span.tenant, span.signal, span.reason, Buffer.from(span.body).toString('base64')),
      span,
    ]),
  )
  const column = <T>(value: (span: RefusedSpan) => T) => [...unique.values()].map(value)
  await database.transaction((session) =>
    session.query(statement('keep_refused'), [
      [...unique.keys()],
      column(({ tenant }) => tenant),
      column(({ signal }) => signal),
      column(({ trace }) => trace),
      column(({ span }) => span),
      column(({ name }) => withoutNul(name)),
      column(({ reason }) => reason),
      column(({ message }) => withoutNul(message)),
      column(({ format }) => format),
      column(({ body }) => Buffer.from(body)),
    ]),
  )
}

/** These texts come from a span that no room has cleaned. */
function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').slice(0, 1000).toWellFormed()
}
