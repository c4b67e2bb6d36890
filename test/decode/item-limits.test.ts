import { describe, expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { collect, maxItemWeight } from '../../src/decode/decode-state.ts'
import { partsOf } from '../../src/decode/request-parts.ts'
import type { Decoded, Signal } from '../../src/decode/span.ts'
import { block, eight, ids, keyValue, onlySpan, spanId, traceId } from './craft.ts'

const objects = maxItemWeight / 8

function repeated(count: number, field: Uint8Array): Buffer {
  return Buffer.alloc(count * field.length, field)
}

function attributes(count: number, number = 9): Buffer {
  return repeated(count, block(number, keyValue('k')))
}

const span = (...fields: Uint8Array[]) => block(2, ids, block(5, 'run'), ...fields)
const scope = (...fields: Uint8Array[]) => block(2, ...fields)
const resource = (...fields: Uint8Array[]) => block(1, ...fields)

function read(...resources: Uint8Array[]): Decoded {
  return decode('traces', 'protobuf', Buffer.concat(resources))
}

function reasonsOf({ spans, refused }: Decoded) {
  return { spans: spans.length, refused: refused.map(({ reason, name }) => `${reason} ${name}`) }
}

describe('R106: a span or record that holds too much is refused alone', () => {
  const inArray = (element: Uint8Array, count: number) => block(9, keyValue('v', block(5, repeated(count, element))))
  const plainElement = block(1, block(1, 'x'))
  test.each<[string, (more: number) => Uint8Array]>([
    ['attributes', (more) => attributes(objects + more)],
    ['events', (more) => repeated(objects + more, block(11))],
    ['links', (more) => repeated(objects + more, block(13))],
    ['attributes of an event', (more) => block(11, attributes(objects - 1 + more, 3))],
    ['entries of a map', (more) => block(9, keyValue('v', block(6, attributes(objects - 2 + more, 1))))],
    // the array and its attribute weigh sixteen
    ['plain values in an array', (more) => inArray(plainElement, maxItemWeight - 16 + more)],
    ['maps in an array', (more) => inArray(block(1, block(6)), Math.floor((maxItemWeight - 16) / 9) + more)],
  ])('%s', (_, fieldsOf) => {
    const good = span(eight(7, 1n))
    expect(read(resource(scope(span(fieldsOf(0)), good)))).toMatchObject({ refused: [], spans: [{}, {}] })
    const tooMuch = read(resource(scope(good, span(fieldsOf(1)), good)))
    expect(reasonsOf(tooMuch)).toEqual({ spans: 2, refused: ['too-many-attributes run'] })
    expect(tooMuch.spans.map(({ index }) => index)).toEqual([0, 2])
  })

  test('in either format, with its ids and name, which may come last, and in protobuf with its bytes', () => {
    const list = JSON.stringify(Array(objects + 1).fill({ key: 'k' }))
    const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":${list},"name":"run","traceId":"${traceId}","spanId":"${spanId}"}]}]}]}`
    for (const decoded of [
      read(resource(scope(block(2, attributes(objects + 1), block(5, 'run'), ids)))),
      decode('traces', 'json', Buffer.from(json)),
    ]) {
      const [refused] = decoded.refused
      expect(refused).toMatchObject({ reason: 'too-many-attributes', traceId, spanId, name: 'run' })
      const { format, length, bytes } = refused!.request
      if (format === 'protobuf')
        expect(decode('traces', format, bytes()).refused).toMatchObject([{ reason: 'too-many-attributes', spanId }])
      // to write JSON anew would hold the thread, and a part of the span would be another span
      else expect([length(), bytes()]).toEqual([Number.POSITIVE_INFINITY, new Uint8Array()])
    }
  })

  test('a log record as well, whose body counts', () => {
    const body = block(5, block(6, attributes(objects, 1)))
    const records = [body, block(12, 'fine')].map((fields) => block(2, fields))
    const { records: good, refused } = decode('logs', 'protobuf', resource(scope(...records)))
    expect([good.map(({ eventName }) => eventName), refused.map(({ reason }) => reason)]).toEqual([
      ['fine'],
      ['too-many-attributes'],
    ])
  })

  test('all items of a resource or scope that holds too much, and no others', () => {
    const huge = block(1, attributes(objects + 1, 1))
    const hugeScope = block(1, attributes(objects + 1, 3))
    const refused = { spans: 1, refused: Array(2).fill('too-many-attributes run') }
    const other = resource(scope(span()))
    expect(reasonsOf(read(resource(huge, scope(span(), span())), other))).toEqual(refused)
    // a resource may follow its spans, and come in parts
    expect(reasonsOf(read(resource(scope(span()), scope(span()), huge), other))).toEqual(refused)
    const half = block(1, attributes(objects / 2 + 1, 1))
    expect(reasonsOf(read(resource(half, scope(span(), span()), half), other))).toEqual(refused)
    expect(reasonsOf(read(resource(scope(hugeScope, span(), span()), scope(span()))))).toEqual(refused)
    const indices = read(resource(scope(span()), scope(span()), huge), other).spans.map(({ index }) => index)
    expect(indices).toEqual([2])
  })

  test('and so in JSON', () => {
    const list = Array(objects + 1).fill({ key: 'k' })
    const one = { traceId, spanId, name: 'run' }
    const text = JSON.stringify({
      resourceSpans: [
        { resource: { attributes: list }, scopeSpans: [{ spans: [one] }] },
        { scopeSpans: [{ scope: { attributes: list }, spans: [one] }, { spans: [one] }] },
      ],
    })
    expect(reasonsOf(decode('traces', 'json', Buffer.from(text)))).toEqual({
      spans: 1,
      refused: Array(2).fill('too-many-attributes run'),
    })
  })
})

describe('a JSON with very many objects and arrays is read item by item', () => {
  const one = `{"traceId":"${traceId}","spanId":"${spanId}","name":"fine"}`
  const deep = `{"attributes":[{"key":"deep","value":${'['.repeat(600_000)}${']'.repeat(600_000)}}],"name":"deep","traceId":"${traceId}","spanId":"${spanId}"}`
  const many = `{"name":"many","unknown":[${'{},'.repeat(600_000)}{}]}`
  const around = `"scope":{"attributes":[${'{},'.repeat(600_000)}{}]},`
  const request = (spans: string, more = '') =>
    Buffer.from(`{"resourceSpans":[{"scopeSpans":[{${more}"spans":[${spans}]}]}]}`)
  const decodeParts = async (body: Uint8Array, signal: Signal = 'traces') =>
    [...(await partsOf(signal, 'json', body))].map((part) => collect(part.decodeInto))

  test.each([
    ['nested deeply', request(`${deep},${one}`), ['deep'], 1],
    ['in unknown members', request(`${many},${one}`), ['many'], 1],
    ['around the items', request(`${one},${one}`, around), ['fine', 'fine'], 0],
  ])('%s', async (_, body, names, spans) => {
    const decoded = await decodeParts(body)
    const refused = decoded.flatMap((part) => part.refused)
    expect(refused.map(({ reason }) => reason)).toEqual(names.map(() => 'too-many-attributes'))
    expect(refused.map(({ name }) => name)).toEqual(names)
    expect(decoded.flatMap((part) => part.spans)).toHaveLength(spans)
  })

  test('and taken, where each item holds no more than it may', async () => {
    const list = JSON.stringify(Array(60_000).fill({ key: 'k', value: { boolValue: true } }))
    const full = `{"traceId":"${traceId}","spanId":"${spanId}","attributes":${list}}`
    const decoded = await decodeParts(request(Array(5).fill(full).join()))
    expect(decoded.map((part) => onlySpan(part).attributes.size)).toEqual(Array(5).fill(1))
  })
})
