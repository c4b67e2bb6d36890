/**
 * What redaction costs, with all of its fixed patterns and names of keys: first mapping a span alone, in one process and in
 * interleaved pairs, then a receiver under full load. `npm run bench:redaction`
 */

import { decode } from '../../src/decode/decode.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import type { MapOptions } from '../../src/map/options.ts'
import { patternNames } from '../../src/map/redact/patterns.ts'
import { openRedaction } from '../../src/map/redact/redactor.ts'
import { mapSpan } from '../../src/map/span.ts'
import { encodedLoad, idOnEverySpan } from './load.ts'
import { median } from './results.ts'
import { compareSettings } from './settings-pairs.ts'

const blockedKeys = ['*password*', '*secret*', '*api_key*', 'authorization']
const rounds = 24

const bodies = encodedLoad(idOnEverySpan, 8, 'redaction').bodies
const spans = bodies.flatMap((body) => decode('traces', 'protobuf', body).spans)

/** Maps all spans and writes their events; returns the microseconds of CPU for each. */
function mappingMicros(options: MapOptions): number {
  const before = process.cpuUsage()
  for (const span of spans) for (const { payload } of mapSpan(span, options).events) payload.length
  const { user, system } = process.cpuUsage(before)
  return (user + system) / spans.length
}

const plain: MapOptions = { digest: canonicalDigest }
const redaction = openRedaction({ patterns: patternNames, custom: [], blockedKeys, hashKey: null })
const redacting: MapOptions = { ...plain, redaction }
for (let warmUp = 0; warmUp < 6; warmUp++) [plain, redacting].forEach(mappingMicros)
const pairs = Array.from({ length: rounds }, () => [mappingMicros(plain), mappingMicros(redacting)] as const)
const [without, having] = [median(pairs.map(([one]) => one)), median(pairs.map(([, one]) => one))]
console.log(`mapping a span takes ${without.toFixed(1)} µs of CPU, and ${having.toFixed(1)} µs with redaction`)

const settings = { patterns: patternNames, blocked_keys: blockedKeys }
await compareSettings('redaction', { SPANLEDGER_REDACTION: JSON.stringify(settings) })
