import type { Format, Signal } from '../decode/span.ts'
import type { Database } from '../store/database.ts'
import { statement } from './statements.ts'

/** A span or log record that was refused. `body` is an OTLP request that holds just this one. */
export interface RefusedSpan {
  readonly signal: Signal
  readonly format: Format
  readonly trace: string
  readonly span: string
  readonly name: string
  /** A slug, like `invalid-trace-id`. */
  readonly reason: string
  /** One English sentence. */
  readonly message: string
  readonly body: Uint8Array
}

/** Where refused spans are kept, and how many. */
export interface RefusedSpansOptions {
  readonly database: Database
  /** Makes an id of texts; equal texts give equal ids. */
  readonly idOf: (...parts: string[]) => string
  /** Whether the bytes are stored, which may hold prompts. Without them, an equal span still has an equal id. */
  readonly keepBytes: boolean
  /** A span is deleted when it has not been refused again for so many days. */
  readonly days: number
  /** The oldest spans are deleted when there are more than so many. */
  readonly most: number
}

/** Stores refused spans (law 6). */
export type KeepRefused = (spans: readonly RefusedSpan[]) => Promise<void>

/** How often old spans are deleted, at most; and only when a span is refused. */
const deleteEveryMs = 60_000

/** Stores refused spans, limited in age and number (law 9). An equal span that is refused again is counted, not stored twice. */
export function openRefusedSpans(options: RefusedSpansOptions): KeepRefused {
  let deleteAtMs = 0
  return async (spans) => {
    if (spans.length === 0) return
    await store(options, spans)
    if (performance.now() < deleteAtMs) return
    deleteAtMs = performance.now() + deleteEveryMs
    await options.database.transaction((session) =>
      session.query(statement('delete_old_refused'), [options.days, options.most]),
    )
  }
}

async function store({ database, idOf, keepBytes }: RefusedSpansOptions, spans: readonly RefusedSpan[]): Promise<void> {
  const unique = new Map(
    spans.map((span) => [
      idOf('refused', '', span.signal, span.reason, Buffer.from(span.body).toString('base64')),
      span,
    ]),
  )
  const column = <T>(value: (span: RefusedSpan) => T) => [...unique.values()].map(value)
  await database.transaction((session) =>
    session.query(statement('upsert_refused'), [
      [...unique.keys()],
      column(({ signal }) => signal),
      column(({ trace }) => trace),
      column(({ span }) => span),
      column(({ name }) => asColumnText(name)),
      column(({ reason }) => reason),
      column(({ message }) => asColumnText(message)),
      column(({ format }) => format),
      column(({ body }) => Buffer.from(keepBytes ? body : [])),
    ]),
  )
}

/** A refused span or record as it is stored. Its bytes are read apart, because they may be long. */
export interface StoredRefusedSpan extends Omit<RefusedSpan, 'body'> {
  /** A UUID. */
  readonly id: string
  /** How often an equal span has arrived. */
  readonly times: number
  readonly firstAt: Date
  readonly lastAt: Date
  readonly bytes: number
}

/** Lists the spans that were refused last, without their bytes. */
export function listRefused(database: Database, most: number): Promise<StoredRefusedSpan[]> {
  return database.transaction((session) => session.query<StoredRefusedSpan>(statement('list_refused'), [most]))
}

/** Finds spans whose ids begin with one of these texts, or all if there is none, in the order of their first arrival. */
export function findRefused(database: Database, beginnings: readonly string[]): Promise<StoredRefusedSpan[]> {
  return database.transaction((session) => session.query<StoredRefusedSpan>(statement('find_refused'), [beginnings]))
}

/** Reads the OTLP request of a refused span: empty if its bytes were not stored, undefined if the span is deleted. */
export async function refusedBody(database: Database, id: string): Promise<Uint8Array | undefined> {
  const [row] = await database.transaction((session) =>
    session.query<{ body: Uint8Array }>(statement('refused_body'), [id]),
  )
  return row?.body
}

/** Deletes a refused span, which was sent again and taken. */
export async function forgetRefused(database: Database, id: string): Promise<void> {
  await database.transaction((session) => session.query(statement('delete_refused'), [id]))
}

/** Makes a text of a refused span, which may hold anything, one that a text column takes. */
function asColumnText(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').slice(0, 1000).toWellFormed()
}
