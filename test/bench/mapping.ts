/**
 * What mapping a span costs against decoding it, for each dialect that the recordings of the tests have: a recording
 * counts for the dialect that most of its spans and records speak. Decoding and mapping of all take turns in one
 * process, warm, and the median of the rounds is told. `npm run bench:mapping`; BENCH_ROUNDS changes how many there are,
 * BENCH_ONLY whose recordings (the beginning of their names). It is bundled first, because what runs TypeScript on the
 * fly gives every inner function its name again each time it is made, which the product as it is built doesn't.
 *
 * To decoding, messages written as text are bytes to copy; mapping has to parse them. Where they are large, what mapping
 * costs a byte of the request says more than the ratio.
 *
 * The digest of a span, which is its identity whatever dialect it speaks, is counted on neither side.
 */

import { decode } from '../../src/decode/decode.ts'
import type { LogRecord, Span } from '../../src/decode/span.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapSpan } from '../../src/map/span.ts'
import { type OtlpRequest, recordingNames, requestsOf } from '../support/recordings.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 40)
const warmUpRounds = 10
/** A recording is read so often in a round that the clock can tell. */
const leastItems = 100
const options = { tenant: '', digest: () => '0'.repeat(64) }

interface Recording {
  readonly dialect: string
  readonly requests: readonly OtlpRequest[]
  readonly spans: readonly Span[]
  readonly records: readonly LogRecord[]
  readonly bytes: number
  /** Nanoseconds of each round, for all items once. */
  readonly decoding: number[]
  readonly mapping: number[]
}

const recordings = recordingNames(process.env.BENCH_ONLY ?? '').map(open)
for (let round = 0; round < warmUpRounds + rounds; round++) {
  for (const one of recordings) {
    const [decoding, mapping] = [timeOf(one, decodeAll), timeOf(one, mapAll)]
    if (round < warmUpRounds) continue
    one.decoding.push(decoding)
    one.mapping.push(mapping)
  }
}
print(recordings)

function open(name: string): Recording {
  const requests = requestsOf(name)
  const decoded = requests.map(({ signal, format, body }) => decode(signal, format, body))
  const [spans, records] = [decoded.flatMap((one) => one.spans), decoded.flatMap((one) => one.records)]
  const dialects = [
    ...spans.map((span) => mapSpan(span, options)),
    ...records.map((record) => mapRecord(record, options)),
  ]
  return {
    dialect: mostOf(dialects.flatMap(({ dialect }) => (dialect === '' ? [] : dialect))),
    requests,
    spans,
    records,
    bytes: requests.reduce((sum, { body }) => sum + body.length, 0),
    decoding: [],
    mapping: [],
  }
}

function mostOf(names: readonly string[]): string {
  const count = new Map<string, number>()
  for (const name of names) count.set(name, (count.get(name) ?? 0) + 1)
  return [...count].sort((a, b) => b[1] - a[1])[0]![0]
}

function timeOf(recording: Recording, run: (recording: Recording) => number): number {
  const times = Math.ceil(leastItems / itemsOf(recording))
  const start = process.hrtime.bigint()
  let sink = 0
  for (let i = 0; i < times; i++) sink += run(recording)
  const took = Number(process.hrtime.bigint() - start) / times
  if (sink !== times * itemsOf(recording)) throw new Error(`${recording.dialect}: ${sink} items of ${times} readings`)
  return took
}

function itemsOf({ spans, records }: Recording): number {
  return spans.length + records.length
}

function decodeAll({ requests }: Recording): number {
  return requests.reduce((sum, { signal, format, body }) => {
    const { spans, records } = decode(signal, format, body)
    return sum + spans.length + records.length
  }, 0)
}

function mapAll({ spans, records }: Recording): number {
  let named = 0
  for (const span of spans) named += mapSpan(span, options).digest.length
  for (const record of records) named += mapRecord(record, options).digest.length
  return named / 64
}

function print(all: readonly Recording[]): void {
  const dialects = [...new Set(all.map(({ dialect }) => dialect))].sort()
  const rows = dialects.map((dialect) => rowOf(all.filter((one) => one.dialect === dialect)))
  console.table(Object.fromEntries(dialects.map((dialect, i) => [dialect, rows[i]])))
  console.log(
    `Mapping against decoding: median ${median(rows.map(({ ratio }) => ratio))}, worst ${Math.max(...rows.map(({ ratio }) => ratio))}`,
  )
}

function rowOf(mine: readonly Recording[]) {
  const sum = (pick: (one: Recording) => number) => mine.reduce((total, one) => total + pick(one), 0)
  const items = sum(itemsOf)
  const [decoding, mapping] = [sum((one) => median(one.decoding)), sum((one) => median(one.mapping))]
  return {
    items,
    'bytes an item': Math.round(sum(({ bytes }) => bytes) / items),
    'decoding, ns': Math.round(decoding / items),
    'mapping, ns': Math.round(mapping / items),
    ratio: Math.round((100 * mapping) / decoding) / 100,
    'mapping, ns a byte': Math.round((100 * mapping) / sum(({ bytes }) => bytes)) / 100,
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!
}
