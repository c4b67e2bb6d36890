import type { Tally } from '../../src/events/tally.ts'
import type { Settings } from '../support/command.ts'
import { openGate } from '../support/gate.ts'
import { openTestReceiver } from '../support/receiver.ts'

/** A receiver between two gates: whatever happens to it, its senders see the same two ports. */
export interface Stage extends AsyncDisposable {
  readonly ports: Ports
  /** What senders are answered from now on doesn't reach them, until `cut` breaks their connections. */
  holdAnswers(): void
  cut(): void
  takeDatabaseAway(): void
  /** The receiver ends, and another starts with the database back and these settings; senders wait meanwhile. */
  restart(settings?: Settings): Promise<void>
  /** How many spans so far were duplicates, were given back, …, to all receivers together. */
  spans(fate: keyof Tally): number
  /** Of each receiver so far: how many requests brought metrics, and how many lines of its log are about that. */
  metrics(): readonly { readonly requests: number; readonly lines: number }[]
}

export interface Ports {
  readonly http: number
  readonly grpc: number
}

/** `always`: the settings of all receivers. */
export async function openStage(databaseUrl: string, always: Settings = {}): Promise<Stage> {
  const [http, grpc, database] = await Promise.all([openGate(), openGate(), openGate()])
  const direct = new URL(databaseUrl)
  const gated = new URL(databaseUrl)
  gated.port = String(database.port)
  const startReceiver = async (settings: Settings = {}) => {
    database.leadTo(Number(direct.port))
    const opened = await openTestReceiver(gated.href, { ...always, ...settings })
    http.leadTo(portOf(opened.http))
    grpc.leadTo(portOf(opened.grpc))
    return opened
  }
  let receiver = await startReceiver()
  const receivers = [receiver]
  return {
    ports: { http: http.port, grpc: grpc.port },
    holdAnswers() {
      for (const gate of [http, grpc]) gate.holdAnswers()
    },
    cut() {
      for (const gate of [http, grpc]) gate.cut()
    },
    takeDatabaseAway: () => database.refuse(),
    async restart(settings) {
      for (const gate of [http, grpc]) gate.letWait()
      await receiver[Symbol.asyncDispose]()
      receiver = await startReceiver(settings)
      receivers.push(receiver)
    },
    spans: (fate) => receivers.reduce((sum, { counters }) => sum + counters().items.traces[fate], 0),
    metrics: () =>
      receivers.map(({ counters, log }) => ({
        requests: counters().metricsRequests,
        lines: log.filter((line) => line.includes('metrics are accepted and dropped')).length,
      })),
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]()
      for (const gate of [http, grpc, database]) await gate[Symbol.asyncDispose]()
    },
  }
}

function portOf(address: string): number {
  return Number(/\d+$/.exec(address)?.[0])
}
