import { describe, expect, test } from 'vitest'
import { decode, decodeInto } from '../../../src/decode/decode.ts'
import { singleRequests } from '../../../src/decode/single-requests.ts'
import type { ItemSink } from '../../../src/decode/span.ts'
import { Malformed, TooLarge } from '../../../src/errors.ts'
import {
  attributeOf,
  block,
  eight,
  four,
  group,
  ids,
  integer,
  keyValue,
  onlySpan,
  requestOf,
  spanId,
  spanOf,
  tag,
  traceId,
  varint,
} from '../craft.ts'

function decodeTraces(...parts: Uint8Array[]) {
  return decode('traces', 'protobuf', Buffer.concat(parts))
}

describe('R60: unknown fields are skipped at every level', () => {
  const unknown = Buffer.concat([
    integer(77, 5),
    eight(78, 1n),
    block(79, 'x'),
    group(80, integer(1, 1), group(2, block(3, 'y')), four(4, 1)),
    four(81, 1),
  ])
  const entityRefs = block(3, block(1, 'https://x'), block(2, 'service'), block(3, 'service.name'))

  test('of every wire type, groups too', () => {
    const any = Buffer.concat([unknown, block(1, 'v'), unknown])
    const pair = Buffer.concat([unknown, block(1, 'k'), block(2, any), unknown])
    const event = Buffer.concat([unknown, block(2, 'e'), block(3, pair), unknown])
    const link = Buffer.concat([unknown, ids, block(4, pair)])
    const status = Buffer.concat([unknown, integer(3, 2)])
    const span = [unknown, ids, block(9, pair), block(11, event), block(13, link), block(15, status), unknown]
    const scope = block(1, unknown, block(1, 'scope'), block(3, pair))
    const resource = block(1, unknown, block(1, pair), entityRefs)
    const request = block(1, unknown, resource, block(2, scope, block(2, ...span), unknown), unknown)
    const read = onlySpan(decodeTraces(unknown, request, unknown))
    expect(read.attributes).toEqual(new Map([['k', 'v']]))
    expect(read.events[0]).toMatchObject({ name: 'e', attributes: new Map([['k', 'v']]) })
    expect(read.links[0]).toMatchObject({ traceId, spanId, attributes: new Map([['k', 'v']]) })
    expect(read.status.code).toBe(2)
    expect(read.resource.attributes).toEqual(new Map([['k', 'v']]))
    expect(read.scope).toMatchObject({ name: 'scope', attributes: new Map([['k', 'v']]) })
  })

  test('inside arrays and maps', () => {
    expect(attributeOf(block(5, unknown, block(1, block(1, 'a')), unknown))).toEqual(['a'])
    expect(attributeOf(block(6, unknown, block(1, keyValue('a', block(1, 'b')))))).toEqual(new Map([['a', 'b']]))
  })

  test('a known field with another wire type is unknown', () => {
    const read = spanOf(integer(5, 9), block(6, 'kind'), four(7, 1), block(5, 'right'))
    expect(read).toMatchObject({ name: 'right', kind: 0, startTimeUnixNano: 0n })
  })
})

describe('R61: fields that occur twice', () => {
  test('a field that is not repeated: the last wins', () => {
    expect(spanOf(block(5, 'a'), block(5, 'b'), integer(6, 1), integer(6, 3))).toMatchObject({ name: 'b', kind: 3 })
    expect(attributeOf(block(1, 'a'), integer(3, 5))).toBe(5)
    expect(attributeOf(integer(3, 5), block(1, 'a'))).toBe('a')
  })

  test('split messages merge', () => {
    expect(spanOf(block(15, integer(3, 2)), block(15, block(2, 'broken'))).status).toEqual({
      code: 2,
      message: 'broken',
    })
    const pair = (key: string) => block(1, keyValue(key, integer(3, 1)))
    const scopes = block(2, block(1, block(1, 'n')), block(2, ids), block(1, block(2, '1.0')))
    const read = onlySpan(decodeTraces(block(1, block(1, pair('a')), scopes, block(1, pair('b')), block(3, 'url'))))
    expect([...read.resource.attributes.keys()]).toEqual(['a', 'b'])
    expect(read.resource.schemaUrl).toBe('url')
    expect(read.scope).toMatchObject({ name: 'n', version: '1.0' })
    expect(attributeOf(block(5, block(1, integer(3, 1))), block(5, block(1, integer(3, 2))))).toEqual([1, 2])
    expect(attributeOf(block(6, pair('a')), block(6, pair('b')))).toEqual(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    )
    const split = block(
      9,
      block(1, 'k'),
      block(2, block(5, block(1, integer(3, 1)))),
      block(2, block(5, block(1, integer(3, 2)))),
    )
    expect(spanOf(split).attributes.get('k')).toEqual([1, 2])
  })
})

test('R62: texts by index are absent, and warned of once', () => {
  const read = decodeTraces(
    requestOf(
      ids,
      block(9, integer(3, 7), block(2, block(1, 'v'))),
      block(9, keyValue('k', integer(8, 3))),
      block(9, keyValue('l', integer(8, 4))),
    ),
  )
  expect(onlySpan(read).attributes).toEqual(
    new Map([
      ['k', null],
      ['l', null],
    ]),
  )
  expect(read.warnings.filter((warning) => warning.includes('dictionary'))).toHaveLength(1)
})

describe('R63: field 1000 of old clients', () => {
  const old = block(1000, block(1, block(1, 'old'), block(2, '0.26')), block(2, ids, block(5, 'old span')))

  test('is read where scope_spans is empty', () => {
    const read = onlySpan(decodeTraces(block(1, old, block(1, block(1, keyValue('a', integer(3, 1)))))))
    expect(read).toMatchObject({ name: 'old span', scope: { name: 'old', version: '0.26' } })
    expect(read.resource.attributes.get('a')).toBe(1)
  })

  test('each of its spans can be extracted', () => {
    const second = block(1000, block(2, ids, block(5, 'second')), block(2, ids, block(5, 'third')))
    const body = block(1, old, second)
    const requestOf = singleRequests('traces', 'protobuf', body)
    const names = [0, 1, 2].map((index) => onlySpan(decodeTraces(requestOf(index).bytes())).name)
    expect(names).toEqual(['old span', 'second', 'third'])
    const now = block(1, old, block(2, block(2, ids, block(5, 'new span'))))
    expect(Buffer.from(singleRequests('traces', 'protobuf', now)(0).bytes()).includes('old span')).toBe(false)
  })

  test('is skipped where there are scope_spans, before or after it', () => {
    const now = block(2, block(2, ids, block(5, 'new span')))
    expect(onlySpan(decodeTraces(block(1, old, now))).name).toBe('new span')
    expect(onlySpan(decodeTraces(block(1, now, old))).name).toBe('new span')
  })
})

test('R64: invalid UTF-8 becomes U+FFFD in every text', () => {
  const bad = Uint8Array.of(0x61, 0xff, 0xfe)
  const good = 'a\ufffd\ufffd'
  const span = block(
    2,
    ids,
    block(3, bad),
    block(5, bad),
    block(9, keyValue(bad, block(1, bad))),
    block(15, block(2, bad)),
  )
  const read = onlySpan(
    decodeTraces(block(1, block(2, block(1, block(1, bad), block(2, bad)), span, block(3, bad)), block(3, bad))),
  )
  expect(read).toMatchObject({
    traceState: good,
    name: good,
    attributes: new Map([[good, good]]),
    status: { message: good },
    scope: { name: good, version: good, schemaUrl: good },
    resource: { schemaUrl: good },
  })
  expect(spanOf(block(5, '\ufeffkept')).name).toBe('\ufeffkept')
})

describe('R65: nesting', () => {
  // Built from the inside, so that 200,000 levels need no recursion and no copying.
  function nested(levels: number, field: 5 | 6): Buffer {
    const heads: Buffer[] = []
    let length = 3
    for (let level = 0; level < levels; level++) {
      const around = (number: number) => {
        const head = Buffer.concat([tag(number, 2), varint(length)])
        heads.push(head)
        length += head.length
      }
      if (field === 6) around(2)
      around(1)
      around(field)
    }
    return Buffer.concat([...heads.reverse(), block(1, 'x')])
  }

  function levelsOf(value: unknown): [number, unknown] {
    let levels = 0
    let inner = value
    for (; Array.isArray(inner) || inner instanceof Map; levels++)
      inner = inner instanceof Map ? (inner.get('') ?? [...inner.values()][0]) : inner[0]
    return [levels, inner]
  }

  test.each([1, 31, 32, 47, 48, 64])('%i array levels are kept', (levels) => {
    expect(levelsOf(attributeOf(nested(levels, 5)))).toEqual([levels, 'x'])
  })

  test.each([65, 10_000, 200_000])('of %i array levels 64 are kept, with a marker and a warning', (levels) => {
    const read = decodeTraces(requestOf(ids, block(9, keyValue('k', nested(levels, 5)))))
    expect(levelsOf(onlySpan(read).attributes.get('k'))).toEqual([64, '[nested too deep]'])
    expect(read.warnings).toHaveLength(1)
  })

  test('maps count as arrays do', () => {
    let value = block(1, 'x')
    for (let level = 0; level < 65; level++) value = block(6, block(1, keyValue('m', value)))
    expect(levelsOf(attributeOf(value))).toEqual([64, '[nested too deep]'])
  })

  test('200,000 map levels without keys do not overflow the stack', () => {
    expect(attributeOf(nested(200_000, 6))).toEqual(new Map())
  })
})

test('R66: 64-bit values are exact', () => {
  const cases = [
    0n,
    -1n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    -(2n ** 53n),
    -(2n ** 53n) - 1n,
    -(2n ** 63n),
    2n ** 32n,
    -(2n ** 32n),
  ]
  for (const value of cases) {
    const read = attributeOf(integer(3, value))
    expect(BigInt(read as number)).toBe(value)
    expect(typeof read).toBe(value > -(2n ** 53n) && value < 2n ** 53n ? 'number' : 'bigint')
  }
  expect(spanOf(eight(7, 1544712660300000123n)).startTimeUnixNano).toBe(1544712660300000123n)
})

test('R90, R92: counts and flags are unsigned, kinds signed', () => {
  const max = 4294967295
  const read = spanOf(integer(10, max), integer(12, max), integer(14, max), four(16, max), integer(6, -1))
  expect(read).toMatchObject({
    droppedAttributesCount: max,
    droppedEventsCount: max,
    droppedLinksCount: max,
    flags: max,
    kind: -1,
  })
  expect(spanOf(integer(6, 99)).kind).toBe(99)
})

describe('R67: bytes that are no protobuf are Malformed', () => {
  const valid = requestOf(ids, block(5, 'name'), eight(7, 5n))
  test.each([
    ['a length over the end', Uint8Array.of(0x0a, 0x05, 1)],
    ['a length over the message around it', block(1, Uint8Array.of(0x12, 0x05, 0x12))],
    ['a number over the message around it', Buffer.concat([block(1, Uint8Array.of(0x98)), Buffer.from([1])])],
    ['a tag without a value', Uint8Array.of(0x08)],
    ['a varint that does not end', Uint8Array.of(0x08, 0xff, 0xff)],
    ['a varint of eleven bytes', Buffer.concat([Buffer.from([0x08]), Buffer.alloc(10, 0xff), Buffer.from([1])])],
    ['field number 0', Uint8Array.of(0x00, 0x01)],
    ['wire type 6', Uint8Array.of(0x0e, 0x01)],
    ['wire type 7', Uint8Array.of(0x0f, 0x01)],
    ['a tag over 32 bits', Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x10, 0)],
    ['a tag of six bytes', Uint8Array.of(0x88, 0x80, 0x80, 0x80, 0x80, 0x00, 0x01)],
    ['a group that does not end', tag(9, 3)],
    ['a group that ends as another', Buffer.concat([tag(9, 3), tag(8, 4)])],
    ['a group that was not begun', tag(9, 4)],
    ['groups in groups without end', Buffer.alloc(1000, 0x0b)],
    ['truncated 8 bytes', block(1, block(2, block(2, Uint8Array.of(0x39, 1, 2, 3))))],
    ['truncated 4 bytes', Uint8Array.of(0x0d, 1, 2)],
    ['JSON', Buffer.from('{"resourceSpans":[]}')],
  ])('%s', (_name, bytes) => {
    expect(() => decode('traces', 'protobuf', bytes)).toThrow(Malformed)
    expect(() => decode('logs', 'protobuf', bytes)).toThrow(Malformed)
  })

  test('a valid request that is cut inside a field', () => {
    for (let length = 1; length < valid.length; length++)
      expect(() => decode('traces', 'protobuf', valid.subarray(0, length))).toThrow(Malformed)
  })

  test('a varint of ten bytes is valid', () => {
    expect(spanOf(Buffer.concat([tag(99, 0), Buffer.alloc(9, 0xff), Buffer.from([1])])).spanId).toBe(spanId)
  })
})

describe('R68: lengths and counts that exceed the body', () => {
  test('a length of 2^31 is Malformed and allocates nothing', () => {
    const before = process.memoryUsage().arrayBuffers
    const lie = Buffer.concat([tag(1, 2), varint(2 ** 31), Buffer.from('abc')])
    for (const bytes of [lie, block(1, lie), requestOf(ids, Buffer.concat([tag(5, 2), varint(2 ** 31)]))])
      expect(() => decode('traces', 'protobuf', bytes)).toThrow(Malformed)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6)
  })

  test('300,000 spans of two bytes are TooLarge', () => {
    const body = block(1, block(2, Buffer.alloc(600_000, Uint8Array.of(0x12, 0))))
    expect(() => decode('traces', 'protobuf', body)).toThrow(TooLarge)
  })

  test('R104: so are 2,000,000 attributes, of which no span holds too many', () => {
    const span = block(2, ids, Buffer.alloc(4 * 60_000, Uint8Array.of(0x4a, 2, 0x0a, 0)))
    const body = block(1, block(2, ...Array(34).fill(span)))
    expect(() => decode('traces', 'protobuf', body)).toThrow(TooLarge)
  })
})

test('R47: an empty body and empty envelopes hold nothing', () => {
  for (const body of [Buffer.alloc(0), block(1), block(1, block(1)), block(1, block(2)), block(1, block(2, block(1)))])
    expect(decode('traces', 'protobuf', body)).toEqual({ spans: [], records: [], refused: [], warnings: [] })
})

test('bytes are a copy', () => {
  const body = requestOf(ids, block(9, keyValue('k', block(7, Uint8Array.of(1, 2, 3)))))
  const value = onlySpan(decode('traces', 'protobuf', body)).attributes.get('k')
  body.fill(0)
  expect(value).toEqual(Uint8Array.of(1, 2, 3))
  expect((value as Uint8Array).buffer.byteLength).toBe(3)
})

const spansBeforeTheirGroups = block(
  1,
  block(2, block(2, ids), block(2, ids), block(1, block(1, 's'))),
  block(2, block(2, ids)),
  block(1, block(1, keyValue('a', integer(3, 1)))),
)

test('spans share their resource and scope objects, also where these follow them', () => {
  const read = decodeTraces(spansBeforeTheirGroups)
  const [first, second, third] = read.spans
  expect(first!.resource).toBe(third!.resource)
  expect(first!.scope).toBe(second!.scope)
  expect(first!.scope).not.toBe(third!.scope)
  expect(first!.scope.name).toBe('s')
  expect(first!.resource.attributes.get('a')).toBe(1)
  expect(read.spans.map((span) => span.index)).toEqual([0, 1, 2])
})

test('a sink gets a span when all around it is read, also what follows it', () => {
  const seen: unknown[] = []
  const sink: ItemSink = {
    span: ({ resource, scope }) => seen.push([resource.attributes.get('a'), scope.name]),
    record: () => {},
  }
  decodeInto(sink, 'traces', 'protobuf', spansBeforeTheirGroups)
  expect(seen).toEqual([
    [1, 's'],
    [1, 's'],
    [1, ''],
  ])
})

test('a body inside a larger buffer is read at its offset', () => {
  const body = requestOf(ids, eight(7, 9n), block(5, 'n'))
  const inside = Buffer.concat([Buffer.alloc(7, 0xff), body, Buffer.alloc(5, 0xff)]).subarray(7, 7 + body.length)
  expect(onlySpan(decode('traces', 'protobuf', inside))).toMatchObject({ name: 'n', startTimeUnixNano: 9n })
})
