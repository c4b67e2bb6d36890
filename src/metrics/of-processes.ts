import cluster, { type Worker } from 'node:cluster'
import type { Metrics, Snapshot } from './registry.ts'
import { countedIn, sumSnapshots } from './sum.ts'

/** Returns the metrics of all processes that serve behind the same ports. */
export type Collect = () => Promise<Snapshot>

/** A process that doesn't answer within this time is counted with what it said before. */
const answerWithinMs = 1_000

/**
 * What processes say to each other: one that is scraped asks for the metrics of all (`wanted`), the first process asks each
 * (`ask`), each answers (`own`), and the first one sends the sum (`all`).
 */
interface Message {
  readonly metrics: 'wanted' | 'ask' | 'own' | 'all'
  readonly id: number
  readonly snapshot?: Snapshot
}

function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'metrics' in message
}

/** Collects the metrics of a process that serves alone. */
export function collectOwn(metrics: Metrics): Collect {
  return async () => sumSnapshots([await metrics.snapshot()])
}

/** Collects the metrics of all processes, in one of several. Its own are what is left where the first process is silent. */
export function collectAsOneOfSeveral(metrics: Metrics): Collect {
  const waiting = new Map<number, (snapshot: Snapshot) => void>()
  process.on('message', async (message) => {
    if (!isMessage(message)) return
    const { id, snapshot = {} } = message
    if (message.metrics === 'ask') process.send?.({ metrics: 'own', id, snapshot: await metrics.snapshot() })
    else if (message.metrics === 'all') waiting.get(id)?.(snapshot)
  })
  let next = 0
  return async () => {
    const id = next++
    const all = new Promise<Snapshot>((resolve) => waiting.set(id, resolve))
    process.send?.({ metrics: 'wanted', id })
    const snapshot = await within(2 * answerWithinMs, all)
    waiting.delete(id)
    return snapshot ?? collectOwn(metrics)()
  }
}

/**
 * Collects the metrics of all processes, in the first one, and answers those that want them. What a process has counted
 * stays when it ends: counters that fall would look like a restart of all.
 */
export function collectAsFirst(): Collect {
  const last = new Map<number, Snapshot>()
  let ended: Snapshot = {}
  let next = 0
  const collect: Collect = async () => {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    await Promise.all(
      workers.map(async (worker) => {
        const snapshot = await within(answerWithinMs, ask(worker, next++))
        if (snapshot !== undefined && !worker.isDead()) last.set(worker.id, snapshot)
      }),
    )
    return sumSnapshots([ended, ...last.values()])
  }
  cluster.on('message', async (worker, message: unknown) => {
    if (!isMessage(message) || message.metrics !== 'wanted') return
    const snapshot = await collect()
    if (worker.isConnected()) worker.send({ metrics: 'all', id: message.id, snapshot })
  })
  cluster.on('exit', (worker) => {
    ended = sumSnapshots([ended, countedIn(last.get(worker.id) ?? {})])
    last.delete(worker.id)
  })
  return collect
}

function ask(worker: Worker, id: number): Promise<Snapshot> {
  return new Promise((resolve) => {
    const listen = (message: unknown) => {
      if (!isMessage(message) || message.metrics !== 'own' || message.id !== id) return
      worker.off('message', listen)
      resolve(message.snapshot ?? {})
    }
    worker.on('message', listen)
    worker.once('exit', () => worker.off('message', listen))
    if (worker.isConnected()) worker.send({ metrics: 'ask', id })
  })
}

function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds)
    void work.then((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}
