import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import type { Format } from '../../src/decode/span.ts'
import { Malformed } from '../../src/errors.ts'
import { jsonOf, logsRequests, tracesRequests } from './cases.ts'
import { loadOracle, logsRequest, tracesRequest } from './oracle.ts'

const oracle = loadOracle()
const seed = 20261123
const [traces, logs] = [tracesRequests, logsRequests].map((requests) => fc.sample(requests, { numRuns: 40, seed }))

// Hypothesis: whatever is done to valid bytes, they are decoded or Malformed. 20,000 mutations in all.
test.each([
  ['traces', 'protobuf', traces!.map((request) => oracle.encode(tracesRequest, request))],
  ['traces', 'json', traces!.map((request) => Buffer.from(jsonOf(request)))],
  ['logs', 'protobuf', logs!.map((request) => oracle.encode(logsRequest, request))],
  ['logs', 'json', logs!.map((request) => Buffer.from(jsonOf(request)))],
] as const)('%s in %s, mutated 5,000 times', (signal, format, bodies) => {
  const random = randomFrom(seed)
  let malformed = 0
  for (let run = 0; run < 5000; run++) {
    const body = mutated(bodies[random(bodies.length)]!, format, random)
    try {
      const read = decode(signal, format, body)
      for (const refused of read.refused)
        expect(decode(signal, format, refused.request.bytes()).refused).toHaveLength(1)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      malformed++
    }
  }
  expect(malformed).toBeGreaterThan(500)
  expect(malformed).toBeLessThan(4900)
})

type Random = (below: number) => number

function mutated(body: Uint8Array, format: Format, random: Random): Uint8Array {
  const bytes = Buffer.from(body)
  for (let change = 0; change <= random(3); change++) {
    const at = random(bytes.length)
    const pick = random(4)
    if (pick === 0) bytes[at] = random(256)
    else if (pick === 1) bytes[at]! ^= 1 << random(8)
    else if (pick === 2) bytes.copy(bytes, random(bytes.length), at, at + random(20))
    else if (format === 'json') bytes.write(['null', '{}', '[]', '1e9', '"', ','][random(6)]!, at)
  }
  return random(5) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes
}

/** mulberry32: the same numbers on every machine. */
function randomFrom(start: number): Random {
  let state = start
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below)
  }
}
