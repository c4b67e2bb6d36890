import { describe, expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { collect } from '../../src/decode/decode-state.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import { mostItems, partsOf } from '../../src/decode/request-parts.ts'
import type { Format } from '../../src/decode/span.ts'
import { Malformed, TooLarge } from '../../src/errors.ts'
import { loadOracle, tracesRequest } from './oracle.ts'

const oracle = loadOracle()

/** A request of two resources with two scopes each, and so many spans in each scope; a span's id counts from 1. */
function bodyOf(format: Format, spans: number, filler = ''): Buffer {
  let id = 0
  const span = () => {
    id++
    const spanId = id.toString(16).padStart(16, '0')
    const attributes = [{ key: 'filler', value: { stringValue: filler } }]
    return { traceId: 'ab'.repeat(16), spanId, name: `span ${id}`, startTimeUnixNano: '1', attributes }
  }
  const scope = (name: string) => ({ scope: { name }, spans: Array.from({ length: spans }, span) })
  const resource = (service: string) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [scope('one'), scope('two')],
  })
  const request = { resourceSpans: [resource('a'), resource('b')] }
  if (format === 'json') return Buffer.from(JSON.stringify(request))
  const bytes = (hex: string) => Buffer.from(hex, 'hex')
  for (const { scopeSpans } of request.resourceSpans)
    for (const { spans: all } of scopeSpans)
      for (const one of all) Object.assign(one, { traceId: bytes(one.traceId), spanId: bytes(one.spanId) })
  return Buffer.from(oracle.encode(tracesRequest, request))
}

const formats = ['protobuf', 'json'] as const

describe.each(formats)('a request in %s', (format) => {
  test('of 8,192 spans is one part', async () => {
    const parts = await partsOf('traces', format, bodyOf(format, 2048))
    expect(parts.isLarge).toBe(false)
    expect([...parts].map((part) => collect(part.decodeInto).spans.length)).toEqual([8192])
  })

  test.each([
    ['more spans', 2050, ''],
    ['more bytes', 500, 'x'.repeat(5000)],
  ])('with %s has several parts, whose spans are the same in the same order', async (_, spans, filler) => {
    const body = bodyOf(format, spans, filler)
    const whole = decode('traces', format, body)
    const parts = await partsOf('traces', format, body)
    expect(parts.isLarge).toBe(true)
    const read = [...parts].flatMap((part) => {
      expect(part.bytes).toBeLessThan(3 * 2 ** 20)
      const { spans: some, refused } = collect(part.decodeInto)
      expect(refused).toEqual([])
      expect(some.length).toBeLessThanOrEqual(2048)
      const last = some.at(-1)!
      const alone = decode('traces', format, part.requestOf(last.index).bytes())
      expect(alone.spans.map(canonicalDigest)).toEqual([canonicalDigest(last)])
      return some
    })
    expect(read.map(canonicalDigest)).toEqual(whole.spans.map(canonicalDigest))
  })

  test('that is cut off is malformed', async () => {
    for (const filler of ['', 'x'.repeat(1500)]) {
      const cut = bodyOf(format, 2050, filler).subarray(0, -7)
      const read = async () => [...(await partsOf('traces', format, cut))].map((part) => collect(part.decodeInto))
      await expect(read()).rejects.toThrow(Malformed)
    }
  })
})

test(`a request of ${mostItems} spans has parts, and one with more is too large, which its message says`, async () => {
  const empty = (spans: number) => {
    const scope = Buffer.concat([varintField(18, spans * 2), Buffer.from('1200'.repeat(spans), 'hex')])
    return Buffer.concat([varintField(10, scope.length), scope])
  }
  expect((await partsOf('traces', 'protobuf', empty(mostItems))).isLarge).toBe(true)
  expect(() => partsOf('traces', 'protobuf', empty(mostItems + 1))).toThrow(
    new TooLarge(`The request holds more than ${mostItems} spans or log records: send smaller batches.`),
  )
})

test('more than 250,000 empty resources or scopes are too large', () => {
  const resources = Buffer.from('0a00'.repeat(250_001), 'hex')
  const scopes = Buffer.from('1200'.repeat(250_001), 'hex')
  for (const body of [resources, Buffer.concat([varintField(10, scopes.length), scopes])]) {
    expect(() => decode('traces', 'protobuf', body)).toThrow(TooLarge)
    expect(() => partsOf('traces', 'protobuf', body)).toThrow(TooLarge)
  }
})

/** A tag and a length. */
function varintField(tag: number, length: number): Buffer {
  const bytes = [tag]
  let rest = length
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}
