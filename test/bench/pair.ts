import { copyInto, notCopied, readFinishedRows } from './copy.ts'
import { fillTasks } from './fill.ts'
import { encodedLoad, idOnEverySpan, type Load, type Shape } from './load.ts'
import { cpuMicros, peakMemory } from './processes.ts'
import { type RunningReceiver, startReceiver } from './receiver.ts'
import { sendAll } from './senders.ts'
import type { BenchServer } from './server.ts'

/**
 * A process that has just started compiles its code, which is not measured: its first 60,000 spans take up to twice the CPU
 * of the later ones. After as many usual spans, `longParts` times `long` requests of long ones are sent, since they would not
 * fit into memory at once.
 */
export const warmUpRequests: { readonly usual: number; readonly long: number } = { usual: 128, long: 32 }
const longParts = 8

/** What one span costs. */
interface Cost {
  readonly spansPerSecond: number
  readonly postgresMicros: number
  readonly walBytes: number
}

/** What one span costs that a receiver stores. */
export interface ReceiverCost extends Cost {
  readonly receiverMicros: number
  readonly peakMegabytes: number
}

/** The same spans, sent to a receiver and copied. */
export interface Pair {
  readonly receiver: ReceiverCost
  readonly copy: Cost
}

/** What is sent, and to which receiver. */
export interface Sending {
  readonly requests: number
  /** Part of all ids: two rounds have none in common. */
  readonly round: string
  /** Changes the database before the receiver starts, which makes no tables that are there. */
  readonly prepare?: ((url: string) => Promise<void>) | undefined
  /** The `cli.js` of the receiver; absent: that of this build. */
  readonly cli?: string | undefined
}

/** What was sent to a receiver: `warmUp` is not measured. */
interface Sent {
  readonly url: string
  readonly warmUp: Load
  readonly load: Load
  readonly cost: ReceiverCost
}

/** Long spans take some seconds too, and one trace as many as its row asks for. */
function requestsOf({ joined, extraText }: Shape, requests: number): number {
  if (joined === 'trace') return Math.max(requests, 200)
  return extraText > 0 ? 3 * requests : requests
}

/** Sends so many requests to a new receiver on a new database. */
export async function measureReceiver(
  to: BenchServer,
  shape: Shape,
  { requests, round, prepare, cli }: Sending,
): Promise<Sent> {
  const url = await to.newDatabase('bench_ingest')
  await prepare?.(url)
  // encoded before all else: while a receiver has nothing to do, V8 drops code that it has compiled
  const load = encodedLoad(shape, requestsOf(shape, requests), round)
  const receiver = await startReceiver({ DATABASE_URL: url }, cli)
  await fillTasks(url)
  const warmUpShape = { ...shape, joined: 'nothing' } as const
  if (shape.extraText > 0) {
    const usual = encodedLoad(idOnEverySpan, warmUpRequests.usual, `${notCopied}${round}`)
    await sendAll(receiver, idOnEverySpan, usual.bodies)
    for (let part = 1; part < longParts; part++) {
      const long = encodedLoad(warmUpShape, warmUpRequests.long, `${notCopied}${round}-${part}`)
      await sendAll(receiver, warmUpShape, long.bodies)
    }
  }
  const warmUp = encodedLoad(warmUpShape, warmUpRequests[shape.extraText > 0 ? 'long' : 'usual'], `w${round}`)
  await sendAll(receiver, warmUpShape, warmUp.bodies)
  const cost = await costOfSending(to, receiver, shape, load)
  await receiver.stop()
  return { url, warmUp, load, cost }
}

/** Sends so many requests to a new receiver, then copies the rows that it has written into another database. */
export async function measurePair(to: BenchServer, shape: Shape, sending: Sending): Promise<Pair> {
  const { url, warmUp, load, cost } = await measureReceiver(to, shape, sending)
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

/** How fast the receiver is, as a share of COPY. */
export function ratioOf({ receiver, copy }: Pair): number {
  return receiver.spansPerSecond / copy.spansPerSecond
}

/** Says in one line what a pair has cost. */
export function lineOf(pair: Pair): string {
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
