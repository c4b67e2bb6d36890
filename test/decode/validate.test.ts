import { describe, expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import type { Decoded } from '../../src/decode/span.ts'
import {
  attributeOf,
  block,
  decodeText,
  eight,
  ids,
  integer,
  jsonRequest,
  jsonSpan,
  keyValue,
  onlySpan,
  requestOf,
  spanId,
  traceId,
} from './craft.ts'

/** A span with these ids (hex), and a good one on each side, in both formats. */
function between(trace: string, span: string): Decoded[] {
  const bad = block(2, block(1, Buffer.from(trace, 'hex')), block(2, Buffer.from(span, 'hex')), block(5, 'bad'))
  const good = block(2, ids)
  const goodJson = `{"traceId":"${traceId}","spanId":"${spanId}"}`
  return [
    decode('traces', 'protobuf', block(1, block(2, good, bad, good))),
    decodeText(jsonRequest(`${goodJson},{"traceId":"${trace}","spanId":"${span}","name":"bad"},${goodJson}`)),
  ]
}

describe('R85: a span with an invalid id is refused, its neighbours are accepted', () => {
  test.each([0, 8, 15, 17, 32])('a trace id of %i bytes', (length) => {
    for (const read of between('ab'.repeat(length), spanId)) {
      expect(read.spans.map((span) => span.index)).toEqual([0, 2])
      expect(read.refused).toMatchObject([
        { reason: 'invalid-trace-id', traceId: 'ab'.repeat(length), spanId, name: 'bad' },
      ])
    }
  })

  test.each([0, 7, 9, 16])('a span id of %i bytes', (length) => {
    for (const read of between(traceId, 'ab'.repeat(length))) {
      expect(read.spans).toHaveLength(2)
      expect(read.refused).toMatchObject([{ reason: 'invalid-span-id', traceId, name: 'bad' }])
    }
  })

  test('zeros', () => {
    for (const read of between('0'.repeat(32), spanId))
      expect(read.refused).toMatchObject([{ reason: 'invalid-trace-id' }])
    for (const read of between(traceId, '0'.repeat(16)))
      expect(read.refused).toMatchObject([{ reason: 'invalid-span-id' }])
  })

  test('in JSON, ids that are no hex or are base64', () => {
    for (const id of ['g'.repeat(32), ' '.repeat(32), Buffer.from(traceId, 'hex').toString('base64'), `${traceId}\\n`])
      expect(decodeText(jsonRequest(`{"traceId":"${id}","spanId":"${spanId}"}`)).refused).toMatchObject([
        { reason: 'invalid-trace-id' },
      ])
  })

  test('of a long id, only the beginning is kept', () => {
    for (const read of between('ab'.repeat(10_000), spanId)) expect(read.refused[0]?.traceId).toBe('ab'.repeat(64))
  })

  test('the bytes of a refused span are a request with only it, its resource and its scope', () => {
    const resource = block(1, block(1, keyValue('service.name', block(1, 'svc'))))
    const scopes = block(
      2,
      block(1, block(1, 'lib')),
      block(2, ids),
      block(2, block(5, 'bad'), integer(99, 1)),
      block(3, 'url'),
    )
    const [refused] = decode('traces', 'protobuf', block(1, resource, scopes)).refused
    const alone = block(
      1,
      resource,
      block(2, block(1, block(1, 'lib')), block(3, 'url'), block(2, block(5, 'bad'), integer(99, 1))),
    )
    expect(Buffer.from(refused!.request.bytes())).toEqual(alone)
  })
})

test('R86: a parent id of zeros or of a wrong length counts as absent', () => {
  const parent = (bytes: Uint8Array) => decode('traces', 'protobuf', requestOf(ids, block(4, bytes)))
  const json = (text: string) => decodeText(jsonSpan(`"parentSpanId":"${text}"`))
  for (const read of [parent(Buffer.alloc(8)), json('0'.repeat(16)), parent(Buffer.alloc(0)), json('')]) {
    expect(onlySpan(read).parentSpanId).toBe('')
    expect(read.warnings).toEqual([])
  }
  for (const read of [parent(Buffer.alloc(7, 1)), parent(Buffer.alloc(16, 1)), json('abc'), json('x'.repeat(16))]) {
    expect(onlySpan(read).parentSpanId).toBe('')
    expect(read.warnings).toHaveLength(1)
  }
  expect(onlySpan(parent(Buffer.from(spanId, 'hex'))).parentSpanId).toBe(spanId)
})

test('R87: links with invalid ids are dropped and counted', () => {
  const good = block(13, ids)
  const bad = [
    block(13),
    block(13, block(1, Buffer.alloc(16)), block(2, Buffer.from(spanId, 'hex'))),
    block(13, block(1, Buffer.from(traceId, 'hex'))),
  ]
  const read = onlySpan(decode('traces', 'protobuf', requestOf(ids, good, ...bad, good, integer(14, 5))))
  expect(read.links.map((link) => link.spanId)).toEqual([spanId, spanId])
  expect(read.droppedLinksCount).toBe(8)
})

test('R88: an end before the start, and absent times, are accepted unchanged', () => {
  expect(onlySpan(decode('traces', 'protobuf', requestOf(ids, eight(7, 5n), eight(8, 3n))))).toMatchObject({
    startTimeUnixNano: 5n,
    endTimeUnixNano: 3n,
  })
  expect(onlySpan(decodeText(jsonSpan())).startTimeUnixNano).toBe(0n)
})

describe('R89: times', () => {
  const last = 2n ** 63n - 1n

  test('a span with times up to 2^63 − 1 is accepted, one beyond is refused', () => {
    for (const [member, field] of [
      ['startTimeUnixNano', 7],
      ['endTimeUnixNano', 8],
    ] as const) {
      expect(onlySpan(decode('traces', 'protobuf', requestOf(ids, eight(field, last))))[member]).toBe(last)
      expect(onlySpan(decodeText(jsonSpan(`"${member}":${last}`)))[member]).toBe(last)
      const beyond = [2n ** 63n, 2n ** 64n - 1n].flatMap((time) => [
        decode('traces', 'protobuf', requestOf(ids, eight(field, time))),
        decodeText(jsonSpan(`"${member}":"${time}"`)),
      ])
      for (const read of [...beyond, decodeText(jsonSpan(`"${member}":-1`)), decodeText(jsonSpan(`"${member}":1e300`))])
        expect(read).toMatchObject({ spans: [], refused: [{ reason: 'time-out-of-range', traceId, spanId }] })
    }
  })

  test('an event beyond loses its time, and its span is accepted', () => {
    const read = decode(
      'traces',
      'protobuf',
      requestOf(ids, block(11, eight(1, last + 1n), block(2, 'e')), block(11, eight(1, last))),
    )
    expect(onlySpan(read).events.map((event) => event.timeUnixNano)).toEqual([0n, last])
    expect(read.warnings).toHaveLength(1)
  })

  test('a log record beyond is refused', () => {
    for (const field of [1, 11])
      expect(decode('logs', 'protobuf', requestOf(eight(field, last + 1n), block(12, 'e'))).refused).toMatchObject([
        { signal: 'logs', reason: 'time-out-of-range', name: 'e' },
      ])
  })
})

test('a log record is not refused for its ids', () => {
  const record = (trace: Uint8Array, span: Uint8Array) =>
    decode('logs', 'protobuf', requestOf(block(9, trace), block(10, span)))
  const [none, zero, short, right] = [
    record(Buffer.alloc(0), Buffer.alloc(0)),
    record(Buffer.alloc(16), Buffer.alloc(8)),
    record(Buffer.alloc(8, 1), Buffer.alloc(16, 1)),
    record(Buffer.from(traceId, 'hex'), Buffer.from(spanId, 'hex')),
  ]
  for (const read of [none, zero, short]) expect(read.records).toMatchObject([{ traceId: '', spanId: '' }])
  expect(right.records).toMatchObject([{ traceId, spanId }])
  expect([none, zero, short, right].map((read) => read.warnings.length)).toEqual([0, 2, 2, 0])
  const json = decodeText(
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"x","spanId":"00"},{}]}]}]}',
    'logs',
  )
  expect(json).toMatchObject({ records: [{ index: 0, traceId: '', spanId: '' }, { index: 1 }], refused: [] })
})

test('R96: of a repeated key the last value stays, in the position of the first', () => {
  const pairs = [keyValue('a', integer(3, 1)), keyValue('b', integer(3, 2)), keyValue('a', integer(3, 3))]
  const read = decode('traces', 'protobuf', requestOf(ids, ...pairs.map((pair) => block(9, pair))))
  expect([...onlySpan(read).attributes]).toEqual([
    ['a', 3],
    ['b', 2],
  ])
  expect(read.warnings).toHaveLength(1)
  const json = decodeText(
    jsonSpan('"attributes":[{"key":"a","value":{"intValue":"1"}},{"key":"a","value":{"intValue":"3"}}]'),
  )
  expect([...onlySpan(json).attributes]).toEqual([['a', 3]])
})

test('R97: an attribute without a key is dropped, one without a value is null', () => {
  const read = decode(
    'traces',
    'protobuf',
    requestOf(ids, block(9, keyValue('', integer(3, 1))), block(9), block(9, block(1, 'k')), block(9, keyValue('l'))),
  )
  expect(onlySpan(read).attributes).toEqual(
    new Map([
      ['k', null],
      ['l', null],
    ]),
  )
  expect(read.warnings).toEqual(['An attribute without a key was dropped. (2 times)'])
  expect(onlySpan(decodeText(jsonSpan('"attributes":[{"key":"","value":{}},{"key":"k"}]'))).attributes).toEqual(
    new Map([['k', null]]),
  )
  expect(attributeOf(block(6, block(1, keyValue('', integer(3, 1))), block(1, keyValue('x', integer(3, 1)))))).toEqual(
    new Map([['x', 1]]),
  )
})
