import type { Format, Signal } from '../decode/span.ts'
import type { Database } from '../store/database.ts'
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

export interface RefusedSpansOptions {
  readonly database: Database
  /** Makes an id of parts: the same of the same. */
  readonly idOf: (...parts: string[]) => string
  /** false: the bytes, which may hold prompts, are not stored; the same one is still known by its id. */
  readonly keepBytes: boolean
  /** What hasn't come for so many days is dropped, and the oldest when there are more than so many. */
  readonly days: number
  readonly most: number
}

export type KeepRefused = (spans: readonly RefusedSpan[]) => Promise<void>

// Old ones are looked for this often at most, and only when something is refused.
const sweepEveryMs = 60_000

/** Keeps refused spans, bounded in age and number (law 6). The same one refused again is counted, not kept twice. */
export function openRefusedSpans(options: RefusedSpansOptions): KeepRefused {
  let sweepAtMs = 0
  return async (spans) => {
    if (spans.length === 0) return
    await keep(options, spans)
    if (performance.now() < sweepAtMs) return
    sweepAtMs = performance.now() + sweepEveryMs
    await options.database.transaction((session) =>
      session.query(statement('drop_refused'), [options.days, options.most]),
    )
  }
}

async function keep({ database, idOf, keepBytes }: RefusedSpansOptions, spans: readonly RefusedSpan[]): Promise<void> {
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
      column(({ body }) => Buffer.from(keepBytes ? body : [])),
    ]),
  )
}

/** A refused span or record as it was kept; its bytes are asked for apart, since they may be long. */
export interface StoredRefusedSpan extends Omit<RefusedSpan, 'body'> {
  /** 32 hex digits in five groups. */
  readonly id: string
  /** How often the very same has arrived. */
  readonly times: number
  readonly firstAt: Date
  readonly lastAt: Date
  readonly bytes: number
}

/** The latest refused spans, without their bytes. */
export function listRefused(database: Database, most: number): Promise<StoredRefusedSpan[]> {
  return database.transaction((session) => session.query<StoredRefusedSpan>(statement('list_refused'), [most]))
}

/** Those whose ids begin with one of these texts, in the order of their first arrival; all, if there is none. */
export function findRefused(database: Database, beginnings: readonly string[]): Promise<StoredRefusedSpan[]> {
  return database.transaction((session) => session.query<StoredRefusedSpan>(statement('find_refused'), [beginnings]))
}

/** The bytes of one: an OTLP request that holds just this; empty if it was kept without. Undefined if it is not kept any more. */
export async function refusedBody(database: Database, id: string): Promise<Uint8Array | undefined> {
  const [row] = await database.transaction((session) =>
    session.query<{ body: Uint8Array }>('select body from spanledger.refused_spans where id = $1', [id]),
  )
  return row?.body
}

/** Forgets one, as when it has been taken after all. */
export async function forgetRefused(database: Database, id: string): Promise<void> {
  await database.transaction((session) => session.query('delete from spanledger.refused_spans where id = $1', [id]))
}

/** These texts come from a span that no room has cleaned. */
function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').slice(0, 1000).toWellFormed()
}
