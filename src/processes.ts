import cluster from 'node:cluster'
import { once } from 'node:events'

/** What a process that serves tells the first one as soon as it listens. */
export interface Address {
  readonly http: string
  readonly grpc: string
  readonly database: string
}

/**
 * Young objects die before they are copied twice: a batch's facts live as long as its transaction, which is longer than
 * V8's default of 16 MB lasts.
 */
const flags = ['--max-semi-space-size=64']

/** Whether this is one of several processes that serve, not the one that started them. */
export const isOneOfSeveral: boolean = cluster.isWorker

/**
 * Serves with several processes behind the same two ports: a Node process uses one core, and what it does for a span
 * costs more than what the database does. They share nothing but the database. Resolves when all listen; rejects when
 * one ends before that.
 */
export async function startProcesses(count: number): Promise<{ readonly address: Address; stop(): Promise<void> }> {
  cluster.setupPrimary({ execArgv: [...process.execArgv, ...flags] })
  // the signal of a terminal reaches the whole group; only the first process acts on it
  const workers = Array.from({ length: count }, () => cluster.fork())
  const listening = workers.map(async (worker) => {
    const [message] = await Promise.race([
      once(worker, 'message'),
      once(worker, 'exit').then(([code]) => Promise.reject(new StartFailed(code as number))),
    ])
    return message as Address
  })
  const [address] = await Promise.all(listening)
  const exits = workers.map((worker) => once(worker, 'exit'))
  const restart = (worker: { exitedAfterDisconnect?: boolean }) => {
    if (!stopping && worker.exitedAfterDisconnect !== true) cluster.fork()
  }
  let stopping = false
  cluster.on('exit', restart)
  return {
    address: address!,
    stop: async () => {
      stopping = true
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM')
      await Promise.all(exits)
    },
  }
}

/** A process ended before it listened, and has said why itself. */
export class StartFailed extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('a process could not start')
    this.exitCode = exitCode
  }
}

/** Tells the first process where this one listens. */
export function announce(address: Address): void {
  process.send?.(address)
}
