import fc from 'fast-check'
import type { AnyValue } from '../../src/decode/span.ts'

// Requests as protobufjs takes them (64-bit as text, bytes as Uint8Array), drawn at random; and what they are in JSON,
// made here, not by the code under test.

export interface WireValue {
  stringValue?: string
  boolValue?: boolean
  intValue?: string
  doubleValue?: number
  arrayValue?: { values: WireValue[] }
  kvlistValue?: { values: WirePair[] }
  bytesValue?: Uint8Array
}
export type WirePair = { key: string; value: WireValue }

/** One level of a request; `spans` in traces, `logRecords` in logs, both as plain members. */
export type WireMessage = Record<string, unknown>

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const nano = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const idBytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).filter((id) => id.some((byte) => byte > 0))

const { value } = fc.letrec<{ value: WireValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text.map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((int) => ({ intValue: String(int) })),
    fc.integer().map((int) => ({ intValue: String(int) })),
    fc.double().map((doubleValue) => ({ doubleValue })),
    fc.uint8Array({ maxLength: 9 }).map((bytesValue) => ({ bytesValue })),
    fc.constant({}),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
    fc
      .array(fc.record({ key: text, value: tie('value') }), { maxLength: 3 })
      .map((values) => ({ kvlistValue: { values } })),
  ),
}))
const attributes = fc.array(fc.record({ key: text, value }), { maxLength: 5 })

const event = fc.record({ timeUnixNano: nano, name: text, attributes, droppedAttributesCount: uint32 })
const link = fc.record({
  traceId: idBytes(16),
  spanId: idBytes(8),
  traceState: text,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
})
const span = fc.record({
  traceId: idBytes(16),
  spanId: idBytes(8),
  parentSpanId: fc.oneof(idBytes(8), fc.constant(new Uint8Array())),
  traceState: text,
  flags: uint32,
  name: text,
  kind: fc.integer({ min: 0, max: 5 }),
  startTimeUnixNano: nano,
  endTimeUnixNano: nano,
  attributes,
  droppedAttributesCount: uint32,
  events: fc.array(event, { maxLength: 2 }),
  droppedEventsCount: uint32,
  links: fc.array(link, { maxLength: 2 }),
  droppedLinksCount: uint32,
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }),
})
const record = fc.record({
  traceId: fc.oneof(idBytes(16), fc.constant(new Uint8Array())),
  spanId: fc.oneof(idBytes(8), fc.constant(new Uint8Array())),
  flags: uint32,
  timeUnixNano: nano,
  observedTimeUnixNano: nano,
  severityNumber: fc.integer({ min: 0, max: 24 }),
  severityText: text,
  eventName: text,
  body: value,
  attributes,
  droppedAttributesCount: uint32,
})
const resource = fc.record({ attributes })
const scope = fc.record({ name: text, version: text, attributes })

export const tracesRequests: fc.Arbitrary<WireMessage> = request('resourceSpans', 'scopeSpans', 'spans', span)
export const logsRequests: fc.Arbitrary<WireMessage> = request('resourceLogs', 'scopeLogs', 'logRecords', record)

function request(outer: string, middle: string, inner: string, item: fc.Arbitrary<object>): fc.Arbitrary<WireMessage> {
  const middles = fc.record({ scope, schemaUrl: text, items: fc.array(item, { maxLength: 3 }) })
  const outers = fc.record({ resource, schemaUrl: text, middles: fc.array(middles, { maxLength: 2 }) })
  return fc.array(outers, { maxLength: 2 }).map((list) => ({
    [outer]: list.map(({ middles, ...rest }) => ({
      ...rest,
      [middle]: middles.map(({ items, ...scoped }) => ({ ...scoped, [inner]: items })),
    })),
  }))
}

/** OTLP's JSON of a request: ids in hex, bytes in base64, the three doubles that JSON has no number for by name. */
export function jsonOf(message: WireMessage): string {
  return JSON.stringify(message, (key, member) => {
    if (member instanceof Uint8Array) return Buffer.from(member).toString(/Id$/i.test(key) ? 'hex' : 'base64')
    if (key === 'doubleValue' && !Number.isFinite(member)) return String(member)
    return member
  })
}

/** What an attribute value must be after decoding. */
export function valueOfWire(wire: WireValue): AnyValue {
  if (wire.intValue !== undefined) {
    const exact = BigInt(wire.intValue)
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
  }
  if (wire.arrayValue) return wire.arrayValue.values.map(valueOfWire)
  if (wire.kvlistValue) return attributesOfWire(wire.kvlistValue.values)
  return wire.stringValue ?? wire.boolValue ?? wire.doubleValue ?? wire.bytesValue ?? null
}

/** What a list of attributes must be after decoding. */
export function attributesOfWire(pairs: WirePair[]): Map<string, AnyValue> {
  return new Map(pairs.filter(({ key }) => key !== '').map((pair) => [pair.key, valueOfWire(pair.value)]))
}

/** What a whole message must be after decoding, member by member: hex ids, bigint times, Maps for attributes. */
export function decodedOfWire(message: WireMessage): WireMessage {
  return Object.fromEntries(Object.entries(message).map(([key, member]) => [key, decodedMember(key, member)]))
}

function decodedMember(key: string, member: unknown): unknown {
  if (key === 'attributes') return attributesOfWire(member as WirePair[])
  if (key === 'body') return valueOfWire(member as WireValue)
  if (key.endsWith('Nano')) return BigInt(member as string)
  if (member instanceof Uint8Array) return Buffer.from(member).toString('hex')
  if (Array.isArray(member)) return member.map((element) => decodedOfWire(element as WireMessage))
  return member
}
