import type { Format, Signal, SingleRequest } from '../decode/span.ts'
import type { Database } from '../store/database.ts'
import { statement } from './statements.ts'

/** A span or log record that was refused. */
export interface RefusedSpan {
  readonly signal: Signal
  readonly trace: string
  readonly span: string
  readonly name: string
  /** A slug, like `invalid-trace-id`. */
  readonly reason: string
  /** One English sentence. */
  readonly message: string
  /** The OTLP request that holds just this one. */
  readonly request: SingleRequest
}

/** Where refused spans are kept, and how many. */
export interface RefusedSpansOptions {
  readonly database: Database
  /** Makes an id of texts; equal texts give equal ids. */
  readonly idOf: (...parts: string[]) => string
  /** Whether the bytes are stored, which may hold prompts. Without them, an equal span still has an equal id. */
  readonly keepBytes: boolean
  /** Redacts the name of a span and the message, which may quote it. */
  readonly redact: (text: string) => string
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

/**
 * The bytes that are stored of the refused spans of one request, each with its resource and scope: a request full of them
 * would become a multiple of itself. The spans beyond are stored without bytes.
 */
const mostBytes = 16 * 1024 * 1024
/** The rows and bytes of one statement, which are in memory at once. A single span may have more bytes. */
const statementRows = 256
const statementBytes = 4 * 1024 * 1024

/** A refused span as a row. */
interface RefusedRow extends RefusedSpan {
  readonly id: string
  /** Of the bytes that are stored; 0: none are. */
  readonly length: number
}

/** Stores the spans in one transaction, in the order of their ids, so that two such transactions don't deadlock. */
async function store(options: RefusedSpansOptions, spans: readonly RefusedSpan[]): Promise<void> {
  const rows = rowsOf(options, spans).sort((a, b) => (a.id < b.id ? -1 : 1))
  await options.database.transaction(async (session) => {
    for (const part of statementsOf(rows)) await session.query(statement('upsert_refused'), parametersOf(part, options))
  })
}

/** Equal spans are one row, and no more rows are made than may stay. */
function rowsOf({ idOf, keepBytes, most }: RefusedSpansOptions, spans: readonly RefusedSpan[]): RefusedRow[] {
  const rows = new Map<string, RefusedRow>()
  let bytesLeft = keepBytes ? mostBytes : 0
  for (const span of spans) {
    if (rows.size === most) break
    const id = idOf('refused', '', span.signal, span.reason, span.request.digest())
    if (rows.has(id)) continue
    const length = bytesLeft > 0 ? span.request.length() : 0
    const isKept = length <= bytesLeft
    if (isKept) bytesLeft -= length
    rows.set(id, { ...span, id, length: isKept ? length : 0 })
  }
  return [...rows.values()]
}

function* statementsOf(rows: readonly RefusedRow[]): Generator<readonly RefusedRow[]> {
  let part: RefusedRow[] = []
  let bytes = 0
  for (const row of rows) {
    if (part.length > 0 && (part.length === statementRows || bytes + row.length > statementBytes)) {
      yield part
      part = []
      bytes = 0
    }
    part.push(row)
    bytes += row.length
  }
  if (part.length > 0) yield part
}

function parametersOf(rows: readonly RefusedRow[], { redact }: RefusedSpansOptions): unknown[] {
  const column = <T>(value: (row: RefusedRow) => T) => rows.map(value)
  return [
    column(({ id }) => id),
    column(({ signal }) => signal),
    column(({ trace }) => asColumnText(redact(trace))),
    column(({ span }) => asColumnText(redact(span))),
    column(({ name }) => asColumnText(redact(name))),
    column(({ reason }) => reason),
    column(({ message }) => asColumnText(redact(message))),
    column(({ request }) => request.format),
    column(({ request, length }) => Buffer.from(length === 0 ? [] : request.bytes())),
  ]
}

/** A refused span or record as it is stored. Its bytes are read apart, because they may be long. */
export interface StoredRefusedSpan extends Omit<RefusedSpan, 'request'> {
  readonly format: Format
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

/** How many spans are read at a time: each part is a transaction of its own, so that others have their turn. */
const readAtOnce = 1_000

/**
 * Reads all refused spans in parts, those that came last first. Their ids are read before: a span that is refused again
 * meanwhile changes its place in the order, and would be missing or come twice.
 */
export async function* readAllRefused(database: Database): AsyncGenerator<StoredRefusedSpan[]> {
  const rows = await database.transaction((session) => session.query<{ id: string }>(statement('refused_ids')))
  for (let from = 0; from < rows.length; from += readAtOnce) {
    const ids = rows.slice(from, from + readAtOnce).map(({ id }) => id)
    yield await database.transaction((session) => session.query<StoredRefusedSpan>(statement('refused_by_ids'), [ids]))
  }
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
