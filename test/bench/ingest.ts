/**
 * What a span costs from its request to the acknowledgement, as a share of one connection's COPY of the same finished rows,
 * in interleaved pairs on one PostgreSQL with synchronous_commit = on; then small requests, and how soon they are answered.
 * `npm run bench`.
 *
 * The receiver is started as `npm start` does, on this machine, and requests are encoded beforehand. DATABASE_URL names a
 * server to use instead of one of its own; BENCH_SHAPE, BENCH_REQUESTS and BENCH_PAIRS change what is measured and how long,
 * BENCH_TASKS how many tasks are in the tables before, BENCH_JSON where the figures are written.
 */

import { textTable } from '../../src/commands/formats/text-table.ts'
import { tasksBefore } from './fill.ts'
import { type Shape, shapes, shapesOnDemand } from './load.ts'
import { lineOf, measurePair, type Pair, ratioOf } from './pair.ts'
import { measureAnswers, measureSmallRequests } from './requests.ts'
import { median, writeResult } from './results.ts'
import { openServer } from './server.ts'

const requests = Number(process.env.BENCH_REQUESTS ?? 80)
const pairs = Number(process.env.BENCH_PAIRS ?? 3)
const only = process.env.BENCH_SHAPE ?? ''
await using server = await openServer()
const chosen = only === '' ? shapes : [...shapes, ...shapesOnDemand]
for (const shape of chosen.filter(({ name }) => name.includes(only))) await measure(shape)
if (tasksBefore > 0) process.exit()
await measureSmallRequests(server, only)
await measureAnswers(server, only)

async function measure(shape: Shape): Promise<void> {
  const measured: Pair[] = []
  // the first pair warms up
  for (let pair = 0; pair <= pairs; pair++) {
    const one = await measurePair(server, shape, { requests, round: `${pair}` })
    console.log(`${shape.name}${pair === 0 ? ' (warm-up)' : ''}: ${lineOf(one)}`)
    if (pair > 0) measured.push(one)
  }
  if (measured.length === 0) return
  const of = (figure: (pair: Pair) => number) => median(measured.map(figure))
  const result = {
    ratio: of(ratioOf),
    spansPerSecond: of(({ receiver }) => receiver.spansPerSecond),
    receiverMicros: of(({ receiver }) => receiver.receiverMicros),
    postgresMicros: of(({ receiver }) => receiver.postgresMicros),
    postgresOfCopy: of(({ receiver, copy }) => receiver.postgresMicros / copy.postgresMicros),
    walBytes: of(({ receiver }) => receiver.walBytes),
    walOfCopy: of(({ receiver, copy }) => receiver.walBytes / copy.walBytes),
    peakMegabytes: of(({ receiver }) => receiver.peakMegabytes),
  }
  const name = tasksBefore === 0 ? shape.name : `${shape.name}, ${tasksBefore} tasks before`
  await writeResult(name, result)
  const figures = Object.entries(result).map(([name, value]) => [name, value.toPrecision(3)])
  console.log(textTable([`${name}, median of ${pairs}`, ''], figures))
}
