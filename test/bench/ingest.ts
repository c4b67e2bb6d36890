/**
 * What a span costs from its request to the acknowledgement, as a share of one connection's COPY of the same finished rows,
 * in interleaved pairs on one PostgreSQL with synchronous_commit = on; then small requests, and how soon they are answered.
 * `npm run bench`.
 *
 * The receiver is started as `npm start` does, on this machine, and requests are encoded beforehand. DATABASE_URL names a
 * server to use instead of one of its own; BENCH_SHAPE, BENCH_REQUESTS and BENCH_PAIRS change what is measured and how long,
 * BENCH_JSON where the figures are written.
 */

import { textTable } from '../../src/commands/formats/text-table.ts'
import { copyInto, readFinishedRows } from './copy.ts'
import { encodedLoad, type Load, type Shape, shapes } from './load.ts'
import { cpuMicros, peakMemory } from './processes.ts'
import { type RunningReceiver, startReceiver } from './receiver.ts'
import { measureAnswers, measureSmallRequests } from './requests.ts'
import { median, writeResult } from './results.ts'
import { sendAll } from './senders.ts'
import { type BenchServer, openServer } from './server.ts'

const requests = Number(process.env.BENCH_REQUESTS ?? 80)
const pairs = Number(process.env.BENCH_PAIRS ?? 3)
const only = process.env.BENCH_SHAPE ?? ''
/** A process that has just started compiles its code, which is not measured. */
const warmUpRequests = 32

/** What one span costs. */
interface Cost {
  readonly spansPerSecond: number
  readonly postgresMicros: number
  readonly walBytes: number
}

interface ReceiverCost extends Cost {
  readonly receiverMicros: number
  readonly peakMegabytes: number
}

interface Pair {
  readonly receiver: ReceiverCost
  readonly copy: Cost
}

await using server = await openServer()
for (const shape of shapes.filter(({ name }) => name.includes(only))) await measure(shape)
await measureSmallRequests(server, only)
await measureAnswers(server, only)

async function measure(shape: Shape): Promise<void> {
  const measured: Pair[] = []
  // the first pair warms up
  for (let pair = 0; pair <= pairs; pair++) {
    const one = await measurePair(server, shape, `${pair}`)
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
  await writeResult(shape.name, result)
  const figures = Object.entries(result).map(([name, value]) => [name, value.toPrecision(3)])
  console.log(textTable([`${shape.name}, median of ${pairs}`, ''], figures))
}

async function measurePair(to: BenchServer, shape: Shape, round: string): Promise<Pair> {
  const url = await to.newDatabase('bench_ingest')
  const receiver = await startReceiver({ DATABASE_URL: url })
  const warmUpShape = { ...shape, joined: 'nothing', agentLater: 0, rootLater: 0 } as const
  const warmUp = encodedLoad(warmUpShape, warmUpRequests, `w${round}`)
  await sendAll(receiver, warmUpShape, warmUp.bodies)
  const load = encodedLoad(shape, shape.joined === 'trace' ? Math.max(requests, 200) : requests, round)
  const cost = await costOfSending(to, receiver, shape, load)
  await receiver.stop()
  const copy = await copyInto(to, await readFinishedRows(url), (run) =>
    // the rows of the warm-up are among those that are copied
    costOf(to, load.spans + warmUp.spans, run),
  )
  return { receiver: cost, copy }
}

async function costOfSending(
  to: BenchServer,
  receiver: RunningReceiver,
  shape: Shape,
  { bodies, spans }: Load,
): Promise<ReceiverCost> {
  const before = cpuMicros(receiver.pid)
  const cost = await costOf(to, spans, () => sendAll(receiver, shape, bodies))
  return {
    ...cost,
    receiverMicros: (cpuMicros(receiver.pid) - before) / spans,
    peakMegabytes: peakMemory(receiver.pid) / 1e6,
  }
}

async function costOf(to: BenchServer, spans: number, work: () => Promise<void>): Promise<Cost> {
  const before = await to.usage()
  const start = performance.now()
  await work()
  const milliseconds = performance.now() - start
  const after = await to.usage()
  return {
    spansPerSecond: (spans / milliseconds) * 1000,
    postgresMicros: (after.cpuMicros - before.cpuMicros) / spans,
    walBytes: (after.walBytes - before.walBytes) / spans,
  }
}

function ratioOf({ receiver, copy }: Pair): number {
  return receiver.spansPerSecond / copy.spansPerSecond
}

function lineOf(pair: Pair): string {
  const { receiver, copy } = pair
  const figures = [
    `ratio ${ratioOf(pair).toFixed(2)}`,
    `${receiver.spansPerSecond.toFixed(0)} of ${copy.spansPerSecond.toFixed(0)} spans/s`,
    `receiver ${receiver.receiverMicros.toFixed(0)} µs`,
    `PostgreSQL ${receiver.postgresMicros.toFixed(0)} of ${copy.postgresMicros.toFixed(0)} µs`,
    `WAL ${receiver.walBytes.toFixed(0)} of ${copy.walBytes.toFixed(0)} bytes`,
    `peak ${receiver.peakMegabytes.toFixed(0)} MB`,
  ]
  return figures.join(', ')
}
