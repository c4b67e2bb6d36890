import { createHash } from 'node:crypto'

/** A row of a foreign file, as JSON has it. Whole numbers of 64 bits may be bigints. */
export type ForeignRow = Readonly<Record<string, unknown>>

/** A span that a foreign row is, before it is written as OTLP. */
export interface ForeignSpan {
  /** Ids as the file has them: those that are no ids of OTLP are hashed, always to the same. */
  readonly trace: string
  readonly span: string
  readonly parent: string | null
  /** Whether the parent is in another process, which reports elsewhere; by default that is not known. */
  readonly isParentRemote?: boolean
  readonly name: string
  /** Nanoseconds since 1970; 0: the span has not ended. */
  readonly startNs: bigint
  readonly endNs: bigint
  readonly attributes: Readonly<Record<string, unknown>>
  /** The message of its failure; null: it did not fail. */
  readonly error: string | null
  readonly events?: readonly { readonly name: string; readonly timeNs: bigint; readonly attributes: ForeignRow }[]
}

/** A format of another product, whose rows become spans of a dialect. */
export interface ForeignFormat {
  /** The name that `--format` takes. */
  readonly name: string
  /** The scope and the service of its spans, by which their dialect is known. */
  readonly scope: string
  readonly service: string
  /** Whether a row is of this format. */
  matches(row: ForeignRow): boolean
  spansOf(row: ForeignRow): ForeignSpan[]
  /** Whether a row is a call that states its tokens without their kinds: nothing is known of its cache. */
  lacksKinds(row: ForeignRow): boolean
}

/** The flags of OTLP that say that a span's parent is in another process (`SpanFlags`, opentelemetry/proto/trace/v1). */
const parentIsRemote = 0x300

/** Writes spans as one OTLP request in JSON. */
export function requestOf({ scope, service }: ForeignFormat, spans: readonly ForeignSpan[]): Buffer {
  const request = {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': service }) },
        scopeSpans: [{ scope: { name: scope }, spans: spans.map(otlpSpan) }],
      },
    ],
  }
  return Buffer.from(JSON.stringify(request))
}

function otlpSpan(span: ForeignSpan): object {
  const { trace, parent, name, startNs, endNs, attributes, error, events = [] } = span
  return {
    traceId: hexId(trace, 32),
    spanId: hexId(span.span, 16),
    ...(parent !== null && { parentSpanId: hexId(parent, 16) }),
    ...(span.isParentRemote === true && { flags: parentIsRemote }),
    name,
    kind: 1,
    startTimeUnixNano: startNs.toString(),
    endTimeUnixNano: endNs.toString(),
    attributes: attributesOf(attributes),
    status: error === null ? {} : { code: 2, message: error },
    events: events.map((event) => ({
      name: event.name,
      timeUnixNano: event.timeNs.toString(),
      attributes: attributesOf(event.attributes),
    })),
  }
}

/** An id of so many hex digits: that of OpenTelemetry as it is, a UUID without its dashes, anything else by its hash. */
function hexId(id: string, digits: number): string {
  const plain = id.toLowerCase().replace(/^0x/, '').replace(/-/g, '')
  if (plain.length === digits && /^[0-9a-f]+$/.test(plain) && !/^0+$/.test(plain)) return plain
  return createHash('sha256').update(id).digest('hex').slice(0, digits)
}

function attributesOf(attributes: ForeignRow): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    const written = otlpValue(value)
    return written === null ? [] : [{ key, value: written }]
  })
}

function otlpValue(value: unknown): object | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint') return { intValue: value.toString() }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return null
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  }
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
    return { arrayValue: { values: value.flatMap((one) => otlpValue(one) ?? []) } }
  return { stringValue: jsonText(value) }
}

/** A value as JSON text; a text stays as it is. */
export function jsonText(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one))
}

/** The text of the first of these columns that has one; null for none. */
export function textOf(row: ForeignRow, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = row[name]
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  }
  return null
}

/** The number of the first of these columns that has one; null for none. */
export function numberOf(row: ForeignRow, ...names: readonly string[]): number | null {
  for (const name of names) {
    const value = row[name]
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'bigint') return Number(number)
    if (typeof number === 'number' && Number.isFinite(number)) return number
  }
  return null
}

/** The object in a column, which may be written as JSON text; an empty one where there is none. */
export function objectOf(row: ForeignRow, ...names: readonly string[]): ForeignRow {
  for (const name of names) {
    const value = parsed(row[name])
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ForeignRow
  }
  return {}
}

/** A value, read where it is the text of a JSON object or list. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/**
 * A time in nanoseconds since 1970: RFC 3339 or as a database writes it, UTC where it names no zone, with all of its
 * digits; or a number of seconds, milliseconds, microseconds or nanoseconds. Null where it is none.
 */
export function timeOf(value: unknown): bigint | null {
  if (typeof value === 'bigint' || typeof value === 'number') return ofNumber(value)
  if (value instanceof Date) return BigInt(value.getTime()) * 1_000_000n
  if (typeof value !== 'string') return null
  if (/^\d{10,19}$/.test(value)) return ofNumber(BigInt(value))
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9})\d*)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/.exec(
    value,
  )
  if (match === null) return null
  const [, day, time, fraction = '', zone = 'Z'] = match
  const ms = Date.parse(`${day}T${time}${/^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone}`)
  return Number.isNaN(ms) ? null : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

function ofNumber(number: bigint | number): bigint {
  const whole = typeof number === 'bigint' ? number : BigInt(Math.trunc(number))
  const digits = whole.toString().length
  const scale = digits <= 11 ? 9n : digits <= 14 ? 6n : digits <= 17 ? 3n : 0n
  return typeof number === 'number' && digits <= 11 ? BigInt(Math.round(number * 1e6)) * 1_000n : whole * 10n ** scale
}
