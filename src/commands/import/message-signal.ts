import protobuf from 'protobufjs'
import type { Format, Signal } from '../../decode/span.ts'

/** What a message of a file is: a request of spans or log records, or of metrics, which make no rows. */
export type MessageSignal = Signal | 'metrics'

/** How far into a JSON message its first key is looked for. */
const keyCharacters = 1_000

/** Finds what a message of the Collector's file exporter holds: nothing but its content says it. */
export function signalOf(format: Format, body: Uint8Array): MessageSignal {
  return format === 'json' ? jsonSignal(body) : (protobufSignal(body) ?? 'traces')
}

function jsonSignal(body: Uint8Array): MessageSignal {
  const text = Buffer.from(body.subarray(0, keyCharacters)).toString('latin1')
  const [, kind] = /"resource_?(spans|logs|metrics|profiles)"\s*:/i.exec(text) ?? []
  if (kind === undefined || kind.toLowerCase() === 'spans') return 'traces'
  return kind.toLowerCase() === 'logs' ? 'logs' : 'metrics'
}

/** The wire types of protobuf. */
const [varint, fixed64, delimited] = [0, 1, 2]

/**
 * The fields of the first item tell: a Span has its times in fields 7 and 8 and its kind in 6, a LogRecord its times in 1
 * and 11, a Metric its name in 1 and its data, as messages, in 5 to 11. Requests of all three hold items at 1, 2, 2.
 */
function protobufSignal(body: Uint8Array): MessageSignal | null {
  const item = nested(nested(nested(body, 1), 2), 2)
  if (item === null) return null
  const has = (number: number, type: number) => item.some((one) => one.number === number && one.type === type)
  if (has(7, fixed64!) || has(8, fixed64!) || has(6, varint!)) return 'traces'
  if (has(1, fixed64!) || has(11, fixed64!) || has(2, varint!)) return 'logs'
  return [5, 7, 9, 10, 11].some((number) => has(number, delimited!)) && !has(2, 2) ? 'metrics' : 'traces'
}

interface Field {
  readonly number: number
  readonly type: number
  readonly content: Uint8Array | null
}

/** The fields of the first message in the field of that number; null where there is none, or where it can't be read. */
function nested(message: Uint8Array | readonly Field[] | null, number: number): readonly Field[] | null {
  if (message === null) return null
  const fields = message instanceof Uint8Array ? fieldsOf(message) : message
  const inner = fields?.find((field) => field.number === number && field.content !== null)?.content
  return inner === undefined || inner === null ? null : fieldsOf(inner)
}

function fieldsOf(message: Uint8Array): readonly Field[] | null {
  const reader = protobuf.Reader.create(message)
  const fields: Field[] = []
  try {
    // the first fields are enough, and a resource may have megabytes of them
    while (reader.pos < reader.len && fields.length < 64) {
      const tag = reader.uint32()
      const [number, type] = [tag >>> 3, tag & 7]
      if (type === delimited) fields.push({ number, type, content: reader.bytes() })
      else {
        reader.skipType(type)
        fields.push({ number, type, content: null })
      }
    }
    return fields
  } catch {
    return null
  }
}
