import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import { singleRequests } from '../../src/decode/single-requests.ts'
import type { Format, Signal } from '../../src/decode/span.ts'
import { loadOracle, logsRequest, tracesRequest } from './oracle.ts'

const folder = fileURLToPath(new URL('../recordings/', import.meta.url))
const oracle = loadOracle()

const bodies = readdirSync(folder).flatMap((name) =>
  readdirSync(folder + name).flatMap((file) => {
    const [, signal, ending] = /^\d+\.(traces|logs)\.(pb|json)$/.exec(file) ?? []
    if (signal === undefined) return []
    return {
      path: `${name}/${file}`,
      signal: signal as Signal,
      format: (ending === 'pb' ? 'protobuf' : 'json') as Format,
    }
  }),
)

test('there are recordings of both formats and both signals', () => {
  const kinds = new Set(bodies.map((body) => `${body.signal} ${body.format}`))
  expect([...kinds].sort()).toEqual(['logs json', 'logs protobuf', 'traces json', 'traces protobuf'])
})

test.each(bodies)(
  '$path holds as many items as protobufjs counts, and each can be cut out',
  ({ path, signal, format }) => {
    const body = readFileSync(folder + path)
    const read = decode(signal, format, body)
    const items = [...read.spans, ...read.records]
    expect(items.length).toBe(countItems(signal, format, body))
    expect(items.length).toBeGreaterThan(0)
    expect(read.refused).toEqual([])
    // Codex does that
    expect(read.warnings.filter((warning) => !warning.startsWith('An attribute key was repeated'))).toEqual([])
    const requestOf = singleRequests(signal, format, body)
    for (const item of items) {
      const request = requestOf(item.index)
      expect(request.length()).toBe(request.bytes().length)
      const alone = decode(signal, format, request.bytes())
      expect([...alone.spans, ...alone.records].map(canonicalDigest)).toEqual([canonicalDigest(item)])
    }
  },
)

describe('the digest of a single request', () => {
  const request = (resource: string, ...names: string[]) => ({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: resource } }] },
        scopeSpans: [{ scope: { name: 'lib' }, spans: names.map((name) => ({ name })) }],
      },
    ],
  })
  const bodyOf = (format: Format, json: object) =>
    format === 'json' ? Buffer.from(JSON.stringify(json)) : oracle.encode(tracesRequest, json)
  test.each(['json', 'protobuf'] as const)(
    'in %s is that of the item with its resource, not of its neighbours',
    (format) => {
      const digests = (json: object) =>
        decode('traces', format, bodyOf(format, json)).refused.map((refused) => refused.request.digest())
      const [a, b] = digests(request('shop', 'a', 'b'))
      expect(digests(request('shop', 'b', 'c', 'a'))).toEqual([b, expect.anything(), a])
      expect(a).not.toBe(b)
      expect(digests(request('bank', 'a'))).not.toEqual([a])
    },
  )
})

function countItems(signal: Signal, format: Format, body: Uint8Array): number {
  const type = signal === 'traces' ? tracesRequest : logsRequest
  const request = format === 'json' ? JSON.parse(Buffer.from(body).toString()) : oracle.decode(type, body)
  return (
    JSON.stringify(request).split(signal === 'traces' ? '"startTimeUnixNano":' : '"observedTimeUnixNano":').length - 1
  )
}
