import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'

/** Where a process that serves listens and writes: its message to the first process. */
export interface ServedAt {
  readonly http: string
  readonly grpc: string
  readonly database: string
}

/**
 * The size of the young generation, in MB, as `npm start` sets it too; versions of Node have other defaults. With 8, the objects
 * of a request of 512 spans are promoted to the old generation before its COMMIT; with 32 or more, the process takes more
 * memory and hardly less CPU (docs/performance.md).
 */
const flags = ['--max-semi-space-size=16']

/** Whether this process is one of several that serve, not the one that started them. */
export const isOneOfSeveral: boolean = cluster.isWorker

/**
 * Starts several processes that serve behind the same two ports: a Node process uses one core, and its work for a span
 * costs more than the database's. They share nothing but the database. Resolves when all listen; rejects when one ends
 * before that.
 */
export async function startProcesses(count: number): Promise<{ readonly address: ServedAt; stop(): Promise<void> }> {
  cluster.setupPrimary({ execArgv: [...process.execArgv, ...flags] })
  // A terminal sends its signals to the whole group; only the first process acts on them.
  const workers = Array.from({ length: count }, () => cluster.fork())
  const listening = workers.map(async (worker) => {
    return await Promise.race([
      announced(worker),
      once(worker, 'exit').then(([code]) => Promise.reject(new StartFailed(code as number))),
    ])
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

/** Resolves with where a process listens. Its messages about metrics are others'. */
function announced(worker: Worker): Promise<ServedAt> {
  return new Promise((resolve) => {
    const listen = (message: object) => {
      if (!('grpc' in message)) return
      worker.off('message', listen)
      resolve(message as ServedAt)
    }
    worker.on('message', listen)
  })
}

/** The error of a process that ended before it listened. That process has printed the reason. */
export class StartFailed extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('a process could not start')
    this.exitCode = exitCode
  }
}

/** Sends the first process where this one listens. */
export function announce(address: ServedAt): void {
  process.send?.(address)
}
