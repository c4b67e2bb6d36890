/**
 * What mapping a span costs against decoding it, for each dialect that the recordings of the tests have: a recording
 * counts for the dialect that most of its spans and records speak. `npm run bench:mapping`; BENCH_ROUNDS changes how
 * many rounds there are, BENCH_ONLY whose recordings (the beginning of their names).
 *
 * Each dialect has a process of its own, as each app speaks one or two: its recordings take turns there, decoded and
 * mapped, warm, and the median of the rounds is told. The last column is what the ratio is where one process gets all
 * dialects in turn, which makes whatever they share slower. It is bundled first, because what runs TypeScript on the fly
 * gives every inner function its name again each time it is made, which the product as it is built doesn't.
 *
 * To decoding, messages written as text are bytes to copy; mapping has to parse them. Where they are large, what mapping
 * costs a byte of the request says more than the ratio.
 *
 * The digest of a span, which is its identity whatever dialect it speaks, is counted on neither side. The texts of
 * events are made when their rows are written, and have a column of their own.
 */

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { decode } from '../../src/decode/decode.ts'
import type { LogRecord, Span } from '../../src/decode/span.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapSpan } from '../../src/map/span.ts'
import { type OtlpRequest, recordingNames, requestsOf } from '../support/recordings.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 150)
const warmUpRounds = 100
/** A recording is read so often in a round that the clock can tell. */
const leastItems = 100
/** Items of more bytes than these are mostly messages. */
const large = 2_000
const noDigest = '0'.repeat(64)
const options = { digest: () => noDigest }

interface Recording {
  readonly dialect: string
  readonly requests: readonly OtlpRequest[]
  readonly spans: readonly Span[]
  readonly records: readonly LogRecord[]
  readonly bytes: number
}

/** What all items of a recording cost once, in nanoseconds. */
interface Costs {
  readonly dialect: string
  readonly items: number
  readonly bytes: number
  readonly decoding: number
  readonly mapping: number
  readonly telling: number
}

const names = process.argv.slice(2)
if (names.length > 0) console.log(JSON.stringify(measured(names)))
else report(recordingNames(process.env.BENCH_ONLY ?? ''))

function report(all: readonly string[]): void {
  const spoken = all.map((name) => ({ name, dialect: open(name).dialect }))
  const dialects = [...new Set(spoken.map(({ dialect }) => dialect))].sort()
  const together = inProcess(all)
  const rows = dialects.map((dialect) => ({
    dialect,
    ...rowOf(inProcess(spoken.filter((one) => one.dialect === dialect).map(({ name }) => name))),
    'ratio among all': rowOf(together.filter((one) => one.dialect === dialect)).ratio,
  }))
  console.table(Object.fromEntries(rows.map(({ dialect, ...row }) => [dialect, row])))
  const [long, short] = [
    rows.filter((row) => row['bytes an item'] >= large),
    rows.filter((row) => row['bytes an item'] < large),
  ]
  const worst = Math.max(...short.map(({ ratio }) => ratio))
  const dearest = Math.max(...long.map((row) => row['mapping, ns a byte']))
  console.log(
    `Mapping against decoding: median ${median(rows.map(({ ratio }) => ratio)).toFixed(2)}; at most ${worst} where an item has less than ${large} bytes, ${dearest} ns a byte where it has more; among all, median ${median(rows.map((row) => row['ratio among all'])).toFixed(2)}`,
  )
}

function inProcess(own: readonly string[]): Costs[] {
  const told = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...own], { encoding: 'utf8' })
  return JSON.parse(told) as Costs[]
}

function measured(own: readonly string[]): Costs[] {
  const recordings = own.map((name) => ({ recording: open(name), decoding: [], mapping: [], telling: [] }) as Measured)
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const { recording, decoding, mapping, telling } of recordings) {
      const [decoded, mapped, told] = [timeOf(recording, decodeAll), timeOf(recording, mapAll), tellingOf(recording)]
      if (round < warmUpRounds) continue
      decoding.push(decoded)
      mapping.push(mapped)
      telling.push(told)
    }
  }
  return recordings.map(({ recording, decoding, mapping, telling }) => ({
    dialect: recording.dialect,
    items: itemsOf(recording),
    bytes: recording.bytes,
    decoding: median(decoding),
    mapping: median(mapping),
    telling: median(telling),
  }))
}

/** A recording with the nanoseconds of each round, for all its items once. */
interface Measured {
  readonly recording: Recording
  readonly decoding: number[]
  readonly mapping: number[]
  readonly telling: number[]
}

function open(name: string): Recording {
  const requests = requestsOf(name)
  const decoded = requests.map(({ signal, format, body }) => decode(signal, format, body))
  const [spans, records] = [decoded.flatMap((one) => one.spans), decoded.flatMap((one) => one.records)]
  const bytes = requests.reduce((sum, { body }) => sum + body.length, 0)
  const dialects = factsOf({ spans, records }).flatMap(({ dialect }) => (dialect === '' ? [] : dialect))
  return { dialect: mostOf(dialects), requests, spans, records, bytes }
}

function mostOf(words: readonly string[]): string {
  const count = new Map<string, number>()
  for (const word of words) count.set(word, (count.get(word) ?? 0) + 1)
  return [...count].sort((a, b) => b[1] - a[1])[0]![0]
}

/** Nanoseconds for all items once. */
function timeOf(recording: Recording, run: (recording: Recording) => number): number {
  const times = Math.ceil(leastItems / itemsOf(recording))
  const start = process.hrtime.bigint()
  let sink = 0
  for (let i = 0; i < times; i++) sink += run(recording)
  const took = Number(process.hrtime.bigint() - start) / times
  if (sink !== times * itemsOf(recording)) throw new Error(`${recording.dialect}: ${sink} items of ${times} readings`)
  return took
}

function itemsOf({ spans, records }: Pick<Recording, 'spans' | 'records'>): number {
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
  return named / noDigest.length
}

function factsOf({ spans, records }: Pick<Recording, 'spans' | 'records'>): Facts[] {
  return [...spans.map((span) => mapSpan(span, options)), ...records.map((record) => mapRecord(record, options))]
}

/** Nanoseconds for the texts of all events once; they are made only once, of facts that are fresh. */
function tellingOf(recording: Recording): number {
  const facts = factsOf(recording)
  const start = process.hrtime.bigint()
  let length = 0
  for (const { events } of facts) for (const { message, payload } of events) length += message.length + payload.length
  const took = Number(process.hrtime.bigint() - start)
  if (length === 0 && facts.some(({ events }) => events.length > 0)) throw new Error(`${recording.dialect}: no text`)
  return took
}

function rowOf(mine: readonly Costs[]) {
  const sum = (pick: (one: Costs) => number) => mine.reduce((total, one) => total + pick(one), 0)
  const items = sum((one) => one.items)
  const [bytes, decoding, mapping] = [sum((one) => one.bytes), sum((one) => one.decoding), sum((one) => one.mapping)]
  return {
    items,
    'bytes an item': Math.round(bytes / items),
    'decoding, ns': Math.round(decoding / items),
    'mapping, ns': Math.round(mapping / items),
    'texts of events, ns': Math.round(sum((one) => one.telling) / items),
    ratio: inHundredths(mapping / decoding),
    'mapping, ns a byte': inHundredths(mapping / bytes),
  }
}

function inHundredths(number: number): number {
  return Math.round(100 * number) / 100
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
