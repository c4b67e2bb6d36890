/**
 * What a span costs in a trace that has many already, in time and in memory: `npm run bench:long-trace`. BENCH_LENGTHS
 * are the lengths that are measured, separated by commas.
 *
 * Spans of an agent's runs, all in one trace of one workflow, arrive ten at a time. They are decoded and mapped
 * beforehand, in parts; what is measured is settling them, and packing as after each commit. No database takes part.
 * The heap is that after garbage was collected, without what was there before the trace.
 */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { decode } from '../../src/decode/decode.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { mapSpan } from '../../src/map/span.ts'
import { emptyTrace, type Trace } from '../../src/settle/model/trace.ts'
import { forgetContent } from '../../src/settle/rows/event-stubs.ts'
import { packNodes } from '../../src/settle/rows/pack-nodes.ts'
import { settle } from '../../src/settle/settle.ts'
import { options } from '../map/make.ts'
import { noPrice } from '../support/prices.ts'
import { encodedLoad, idOnEverySpan } from './load.ts'

const lengths = (process.env.BENCH_LENGTHS ?? '1000,10000,100000').split(',').map(Number)
const batchSize = 10
/** The time a span is the mean over so many batches before each length. */
const measuredBatches = 50

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const shape = { ...idOnEverySpan, joined: 'trace', spansPerRequest: batchSize } as const
const { bodies } = encodedLoad(shape, Math.max(...lengths) / batchSize, 'long')

const rows: Record<string, { 'settling, µs a span': number; 'heap, bytes a span': number; packed: string }> = {}
const heapBefore = heapUsed()
let trace: Trace | null = null
const times: number[] = []
for (const body of bodies) {
  const facts = factsIn(body)
  trace ??= emptyTrace(facts[0]!.trace)
  const started = performance.now()
  add(trace, facts)
  times.push(performance.now() - started)
  if (lengths.includes(trace.nodes.size)) note(trace)
}
console.table(rows)

function factsIn(body: Uint8Array): Facts[] {
  return decode('traces', 'protobuf', body).spans.map((span) => mapSpan(span, options))
}

/** As a transaction does, and what follows its commit. */
function add(to: Trace, facts: readonly Facts[]): void {
  settle(to, facts, noPrice)
  forgetContent(
    to,
    facts.map(({ id }) => id),
  )
  packNodes(to)
}

function note({ nodes, packing }: Trace): void {
  const last = times.slice(-measuredBatches)
  const milliseconds = last.reduce((sum, time) => sum + time, 0)
  rows[`${nodes.size} spans`] = {
    'settling, µs a span': Math.round((milliseconds * 1000) / (last.length * batchSize)),
    'heap, bytes a span': Math.round((heapUsed() - heapBefore) / nodes.size),
    packed: `${Math.round(100 - (packing.unpacked.size * 100) / nodes.size)} %`,
  }
}

function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
