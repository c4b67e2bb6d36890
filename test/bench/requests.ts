import { type Door, encodedLoad, idOnEverySpan } from './load.ts'
import { warmUpRequests } from './pair.ts'
import { cpuMicros } from './processes.ts'
import { type RunningReceiver, startReceiver } from './receiver.ts'
import { writeResult } from './results.ts'
import { sendAll, sendSteadily } from './senders.ts'
import type { BenchServer } from './server.ts'

const smallRequests = Number(process.env.BENCH_SMALL_REQUESTS ?? 20_000)
/** Small requests take other paths through the code than large ones, which are compiled meanwhile. */
const smallWarmUp = 10_000
const senders = 64
const doors: readonly Door[] = [
  { protocol: 'grpc', encoding: 'protobuf' },
  { protocol: 'http', encoding: 'protobuf' },
]

/** Measures requests of one span each from 64 senders. `only` is a part of the names of what is measured. */
export async function measureSmallRequests(server: BenchServer, only: string): Promise<void> {
  for (const door of doors) {
    const name = `1 span a request, ${door.protocol}`
    if (!name.includes(only)) continue
    const small = { ...idOnEverySpan, spansPerRequest: 1 }
    // encoded before all else, so that the receiver is never without work (pair.ts)
    const warmUp = encodedLoad(small, smallWarmUp, 'small warm').bodies
    const { bodies } = encodedLoad(small, smallRequests, 'small')
    const receiver = await warmReceiver(server)
    await sendAll(receiver, door, warmUp, senders)
    const before = cpuMicros(receiver.pid)
    const start = performance.now()
    await sendAll(receiver, door, bodies, senders)
    const spansPerSecond = (bodies.length / (performance.now() - start)) * 1000
    const receiverMicros = (cpuMicros(receiver.pid) - before) / bodies.length
    await receiver.stop()
    console.log(`${name}: ${spansPerSecond.toFixed(0)}/s, receiver ${receiverMicros.toFixed(0)} µs`)
    await writeResult(name, { spansPerSecond, receiverMicros })
  }
}

/** Measures how soon requests of 512 spans are answered that come at half the rate that the receiver takes at most. */
export async function measureAnswers(server: BenchServer, only: string): Promise<void> {
  const name = 'answers at half load'
  if (!name.includes(only)) return
  const { bodies } = encodedLoad(idOnEverySpan, 300, 'answers')
  const receiver = await warmReceiver(server)
  const full = bodies.slice(0, 100)
  const start = performance.now()
  await sendAll(receiver, idOnEverySpan, full)
  const pauseMs = (2 * (performance.now() - start)) / full.length
  const took = (await sendSteadily(receiver, idOnEverySpan, bodies.slice(full.length), pauseMs)).sort((a, b) => a - b)
  await receiver.stop()
  const [p50Ms, p99Ms] = [took[Math.floor(took.length * 0.5)]!, took[Math.floor(took.length * 0.99)]!]
  console.log(
    `${name}: p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, a request each ${pauseMs.toFixed(0)} ms`,
  )
  await writeResult(name, { p50Ms, p99Ms, pauseMs })
}

async function warmReceiver(server: BenchServer): Promise<RunningReceiver> {
  const receiver = await startReceiver({ DATABASE_URL: await server.newDatabase('bench_requests') })
  await sendAll(receiver, idOnEverySpan, encodedLoad(idOnEverySpan, warmUpRequests.usual, 'warm').bodies)
  return receiver
}
