import { describe, expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import type { AnyValue, LogRecord, Resource, Scope, Span } from '../../src/decode/span.ts'
import {
  block,
  decodeText,
  eight,
  ids,
  integer,
  jsonSpan,
  onlySpan,
  requestOf,
  spanId,
  spanOf,
  traceId,
} from './craft.ts'

const resource: Resource = { attributes: new Map([['service.name', 'svc']]), schemaUrl: '' }
const scope: Scope = { name: 'lib', version: '1', attributes: new Map(), schemaUrl: '' }
const span: Span = { ...spanOf(block(5, 'name'), integer(6, 3)), resource, scope }
const record: LogRecord = decode('logs', 'protobuf', requestOf(ids, block(12, 'e'))).records[0]!

function digestWith(...pairs: [string, AnyValue][]): string {
  return canonicalDigest({ ...span, attributes: new Map(pairs) })
}

test('the digest is a SHA-256 in hex, the same in every version', () => {
  expect(canonicalDigest(span)).toMatch(/^[0-9a-f]{64}$/)
  expect(canonicalDigest(span)).toBe('95d26863ea7b54a20566e84c5e10cb7c629e77c12abb826985d0db0a781331d1')
})

test('long strings, which are hashed apart from each other, give the digest that they gave as one text', () => {
  const long = ['naïve 😀 '.repeat(1_000), ['x'.repeat(4_096), new Map([['m', 'y'.repeat(5_000)]])], 'short']
  expect(digestWith(...long.map((value, i): [string, AnyValue] => [`k${i}`, value]))).toBe(
    '17a641726ae6719d36c7a6296f7606ab6c9b80ccc6f2669cb796de676504c069',
  )
})

describe('the same content has one digest', () => {
  test('in any position of its request, and with equal resource and scope objects', () => {
    const other = {
      ...span,
      index: 7,
      resource: { ...resource, attributes: new Map(resource.attributes) },
      scope: { ...scope },
    }
    expect(canonicalDigest(other)).toBe(canonicalDigest(span))
  })

  test('in any order of attributes, also inside maps', () => {
    expect(
      digestWith(
        ['a', 1],
        [
          'b',
          new Map([
            ['x', 1],
            ['y', 2],
          ]),
        ],
      ),
    ).toBe(
      digestWith(
        [
          'b',
          new Map([
            ['y', 2],
            ['x', 1],
          ]),
        ],
        ['a', 1],
      ),
    )
  })

  test('with a whole number as integer or double, with zero or −0', () => {
    const read = (value: Uint8Array) => canonicalDigest(spanOf(block(9, block(1, 'k'), block(2, value))))
    expect(read(integer(3, 1))).toBe(
      read(Buffer.concat([Buffer.from([0x21]), eight(0, 0x3ff0000000000000n).subarray(1)])),
    )
    expect(digestWith(['k', -0])).toBe(digestWith(['k', 0]))
    expect(digestWith(['k', Number.NaN])).toBe(digestWith(['k', Number.NaN]))
  })

  test('as JSON and as protobuf', () => {
    const protobuf = spanOf(
      block(5, 'n'),
      eight(7, 1544712660300000123n),
      block(9, block(1, 'k'), block(2, block(7, 'bytes'))),
    )
    const json = decodeText(
      jsonSpan(
        `"name":"n","startTimeUnixNano":1544712660300000123,"attributes":[{"key":"k","value":{"bytesValue":"Ynl0ZXM"}}]`,
      ),
    )
    expect(canonicalDigest(onlySpan(json))).toBe(canonicalDigest(protobuf))
  })
})

describe('different content has different digests', () => {
  test('for every member of a span', () => {
    const event = { timeUnixNano: 1n, name: 'e', attributes: new Map([['k', 1]]), droppedAttributesCount: 0 }
    const link = {
      traceId,
      spanId,
      traceState: '',
      attributes: new Map([['k', 1]]),
      droppedAttributesCount: 0,
      flags: 0,
    }
    const changes: Partial<Span>[] = [
      { traceId: '1'.repeat(32) },
      { spanId: '1'.repeat(16) },
      { parentSpanId: '1'.repeat(16) },
      { traceState: 'x' },
      { flags: 1 },
      { name: 'x' },
      { kind: 1 },
      { startTimeUnixNano: 1n },
      { endTimeUnixNano: 1n },
      { attributes: new Map([['k', 1]]) },
      { droppedAttributesCount: 1 },
      { events: [event] },
      { events: [event, event] },
      { events: [{ ...event, timeUnixNano: 2n }] },
      { events: [{ ...event, name: 'f' }] },
      { events: [{ ...event, attributes: new Map([['k', 2]]) }] },
      { events: [{ ...event, droppedAttributesCount: 1 }] },
      { droppedEventsCount: 1 },
      { links: [link] },
      { links: [{ ...link, traceState: 'x' }] },
      { links: [{ ...link, flags: 1 }] },
      { links: [{ ...link, droppedAttributesCount: 1 }] },
      { links: [{ ...link, attributes: new Map() }] },
      { droppedLinksCount: 1 },
      { status: { code: 2, message: '' } },
      { status: { code: 0, message: 'x' } },
      { resource: { ...resource, schemaUrl: 'x' } },
      { resource: { ...resource, attributes: new Map() } },
      { scope: { ...scope, name: 'x' } },
      { scope: { ...scope, version: 'x' } },
      { scope: { ...scope, schemaUrl: 'x' } },
      { scope: { ...scope, attributes: new Map([['k', 1]]) } },
    ]
    const digests = [span, ...changes.map((change) => ({ ...span, ...change }))].map(canonicalDigest)
    expect(new Set(digests).size).toBe(changes.length + 1)
    // Whoever adds a member must say here that it counts.
    expect(new Set(changes.flatMap(Object.keys))).toEqual(new Set(Object.keys(span).filter((key) => key !== 'index')))
  })

  test('for every member of a log record', () => {
    const changes: Partial<LogRecord>[] = [
      { traceId: '1'.repeat(32) },
      { spanId: '1'.repeat(16) },
      { flags: 1 },
      { timeUnixNano: 1n },
      { observedTimeUnixNano: 1n },
      { severityNumber: 1 },
      { severityText: 'x' },
      { eventName: 'x' },
      { body: 'x' },
      { attributes: new Map([['k', 1]]) },
      { droppedAttributesCount: 1 },
      { resource },
      { scope },
    ]
    const digests = [record, ...changes.map((change) => ({ ...record, ...change }))].map(canonicalDigest)
    expect(new Set(digests).size).toBe(changes.length + 1)
    expect(new Set(changes.flatMap(Object.keys))).toEqual(new Set(Object.keys(record).filter((key) => key !== 'index')))
  })

  test('for values that look alike', () => {
    const values: AnyValue[] = [
      1,
      '1',
      1n,
      true,
      'true',
      't',
      false,
      null,
      'null',
      'z',
      '',
      0,
      '0',
      [],
      new Map(),
      new Uint8Array(),
      [null],
      [[]],
      ['1'],
      [1, 1],
      [11],
      Number.NaN,
      'NaN',
      Infinity,
      new Map([['', null]]),
      new Map([['a', 1]]),
      ['a', 1],
      new Uint8Array([0]),
      'AA==',
      'b4:AA==',
      's1:1',
      ['a', 'b'],
      ['as1:b'],
      ['ab'],
    ]
    const digests = values.map((value) => digestWith(['k', value]))
    expect(new Set(digests).size).toBe(values.length)
  })

  test('for attributes whose joined texts would be equal', () => {
    expect(digestWith(['ab', 'c'])).not.toBe(digestWith(['a', 'bc']))
    expect(digestWith(['a', 's1:b'])).not.toBe(digestWith(['a', ''], ['b', '']))
  })
})
