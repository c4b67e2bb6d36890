import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import { extractItem } from '../../src/decode/extract-item.ts'
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
    for (const item of items) {
      const alone = decode(signal, format, extractItem(signal, format, body, item.index))
      expect([...alone.spans, ...alone.records].map(canonicalDigest)).toEqual([canonicalDigest(item)])
    }
  },
)

function countItems(signal: Signal, format: Format, body: Uint8Array): number {
  const type = signal === 'traces' ? tracesRequest : logsRequest
  const request = format === 'json' ? JSON.parse(Buffer.from(body).toString()) : oracle.decode(type, body)
  return (
    JSON.stringify(request).split(signal === 'traces' ? '"startTimeUnixNano":' : '"observedTimeUnixNano":').length - 1
  )
}
