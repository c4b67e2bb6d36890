import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import { singleRequests } from '../../src/decode/single-requests.ts'
import type { Decoded, LogRecord, Signal, Span } from '../../src/decode/span.ts'
import { decodedOfWire, jsonOf, logsRequests, tracesRequests, type WireMessage } from './cases.ts'
import { loadOracle, logsRequest, tracesRequest } from './oracle.ts'

const oracle = loadOracle()

const signals = {
  traces: {
    type: tracesRequest,
    requests: tracesRequests,
    outer: 'resourceSpans',
    middle: 'scopeSpans',
    inner: 'spans',
  },
  logs: { type: logsRequest, requests: logsRequests, outer: 'resourceLogs', middle: 'scopeLogs', inner: 'logRecords' },
} as const

describe.each(['traces', 'logs'] as const)('%s', (signal) => {
  const { type, requests } = signals[signal]

  test('every field that protobufjs encodes is decoded', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const read = decode(signal, 'protobuf', oracle.encode(type, request))
        expect(read.refused).toEqual([])
        expect(itemsOf(read)).toEqual(expected(signal, request))
      }),
      { numRuns: 300 },
    )
  })

  test('the JSON of the same request decodes to the same items, with the same digests', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const protobuf = itemsOf(decode(signal, 'protobuf', oracle.encode(type, request)))
        const json = itemsOf(decode(signal, 'json', Buffer.from(jsonOf(request))))
        expect(json.map(withoutMinusZero)).toEqual(protobuf.map(withoutMinusZero))
        expect(json.map(canonicalDigest)).toEqual(protobuf.map(canonicalDigest))
      }),
      { numRuns: 300 },
    )
  })

  test.each(['protobuf', 'json'] as const)(
    'singleRequests of %s give each item alone: the same, with the same digest',
    (format) => {
      fc.assert(
        fc.property(requests, (request) => {
          const body = format === 'json' ? Buffer.from(jsonOf(request)) : oracle.encode(type, request)
          const items = itemsOf(decode(signal, format, body))
          const requestOf = singleRequests(signal, format, body)
          for (const item of items) {
            const single = requestOf(item.index)
            expect(single.length()).toBe(single.bytes().length)
            const alone = itemsOf(decode(signal, format, single.bytes()))
            expect(alone).toEqual([{ ...item, index: 0 }])
            expect(canonicalDigest(alone[0]!)).toBe(canonicalDigest(item))
          }
          expect(() => requestOf(items.length)).toThrow(RangeError)
        }),
        { numRuns: 150 },
      )
    },
  )
})

function itemsOf(decoded: Decoded): readonly (Span | LogRecord)[] {
  return [...decoded.spans, ...decoded.records]
}

function expected(signal: Signal, request: WireMessage): object[] {
  const { outer, middle, inner } = signals[signal]
  const items: object[] = []
  for (const one of request[outer] as WireMessage[]) {
    const resource = { ...decodedOfWire(one.resource as WireMessage), schemaUrl: one.schemaUrl }
    for (const scoped of one[middle] as WireMessage[]) {
      const scope = { ...decodedOfWire(scoped.scope as WireMessage), schemaUrl: scoped.schemaUrl }
      for (const item of scoped[inner] as WireMessage[])
        items.push({ ...decodedOfWire(item), index: items.length, resource, scope })
    }
  }
  return items
}

/** `JSON.stringify` writes −0 as 0. */
function withoutMinusZero(value: unknown): unknown {
  if (Object.is(value, -0)) return 0
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, withoutMinusZero(inner)]))
  if (Array.isArray(value)) return value.map(withoutMinusZero)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutMinusZero(inner)]))
}
