import type { RunEventRow } from '../../queries/rows/event-rows.ts'
import type { RunRow } from '../../queries/rows/run-rows.ts'
import {
  findEvents,
  type RunState,
  readMissingEvents,
  readRunEvents,
  readRunState,
  type SeqRange,
} from '../../queries/runs/run-events.ts'
import { readRuns } from '../../queries/runs/runs.ts'
import type { Database } from '../../store/database.ts'
import type { EventStream } from '../answers/streams.ts'

/** Sends an event of a stream. `id` is the number after which a client that connects again goes on. */
export type SendEvent = <Name extends keyof EventStream>(
  name: Name,
  data: EventStream[Name],
  id?: string,
) => Promise<void>

/** So many events are read at a time, and so many that were sent are remembered, to say where they have moved. */
const pageSize = 500
const mostRemembered = 50_000
/** The numbers that have no event any more are looked for so often at most: that reads all numbers of the run. */
const missingEveryMs = 1_000

/**
 * Follows the events of a run. Numbers grow in the order of commits, so that reading on after the last number skips nothing;
 * the number goes with each event, so that a client which connects again gets nothing twice.
 */
export class RunStream {
  readonly #database: Database
  readonly #workflow: string
  readonly #send: SendEvent
  /** By id: the number under which an event was sent. */
  readonly #sent = new Map<string, string>()
  readonly #missing = new Set<string>()
  #seq: string
  #mark = ''
  #endedAt: string | null = null
  #missingMs = Number.NEGATIVE_INFINITY
  #isMissingDue: boolean

  constructor(of: {
    readonly database: Database
    readonly workflow: string
    readonly after: string
    readonly send: SendEvent
  }) {
    this.#database = of.database
    this.#workflow = of.workflow
    this.#seq = of.after
    this.#send = of.send
    this.#isMissingDue = of.after !== '0'
  }

  /** Sends what is new. Returns false where the run is not known any more: all of it was withdrawn. */
  async look(): Promise<boolean> {
    const state = await readRunState(this.#database, this.#workflow)
    if (state === undefined) {
      if (this.#seq === '0') return false
      await this.#sendMoved([{ from: '1', to: this.#seq }])
      await this.#send('withdrawn', { seqs: [['1', this.#seq]] })
      return false
    }
    const isChanged = state.mark !== this.#mark
    const isFirst = this.#mark === ''
    this.#mark = state.mark
    if (isChanged) {
      await this.#sendEvents()
      this.#isMissingDue ||= !isFirst
      await this.#sendRun()
    }
    await this.#sendMissing()
    await this.#sendEnd(state)
    return true
  }

  async #sendEvents(): Promise<void> {
    for (;;) {
      const { events } = await readRunEvents(this.#database, {
        workflow: this.#workflow,
        after: this.#seq,
        limit: pageSize,
      })
      for (const event of events) await this.#sendEvent(event)
      if (events.length < pageSize) return
    }
  }

  async #sendEvent(event: RunEventRow): Promise<void> {
    const { id, seq } = event
    const before = this.#sent.get(id)
    if (before !== undefined)
      await this.#send('moved', { id, from_seq: before, workflow_id: this.#workflow, to_seq: seq })
    this.#remember(id, seq)
    this.#seq = seq
    this.#endedAt = null
    await this.#send('event', event, seq)
  }

  #remember(id: string, seq: string): void {
    this.#sent.delete(id)
    this.#sent.set(id, seq)
    if (this.#sent.size > mostRemembered) this.#sent.delete(this.#sent.keys().next().value!)
  }

  async #sendRun(): Promise<void> {
    const [run] = await readRuns(this.#database, [this.#workflow])
    if (run !== undefined) await this.#send('run', run as RunRow)
  }

  /** Sends which numbers have no event any more, and where those events are that were sent under them. */
  async #sendMissing(): Promise<void> {
    if (!this.#isMissingDue || this.#seq === '0' || performance.now() - this.#missingMs < missingEveryMs) return
    this.#missingMs = performance.now()
    this.#isMissingDue = false
    const found = await readMissingEvents(this.#database, this.#workflow, this.#seq)
    const fresh = found.filter(({ from, to }) => !this.#missing.has(`${from} ${to}`))
    this.#missing.clear()
    for (const { from, to } of found) this.#missing.add(`${from} ${to}`)
    if (fresh.length === 0) return
    await this.#sendMoved(fresh)
    await this.#send('withdrawn', { seqs: fresh.map(({ from, to }) => [from, to]) })
  }

  async #sendMoved(fresh: readonly SeqRange[]): Promise<void> {
    const gone = [...this.#sent].filter(([, seq]) => fresh.some(({ from, to }) => isWithin(seq, from, to)))
    const places = await findEvents(
      this.#database,
      gone.slice(0, 10_000).map(([id]) => id),
    )
    const byId = new Map(gone)
    for (const { id, workflow_id, seq } of places) {
      const before = byId.get(id)
      if (before === undefined || (workflow_id === this.#workflow && seq === before)) continue
      await this.#send('moved', { id, from_seq: before, workflow_id, to_seq: seq })
    }
    for (const [id] of gone) this.#sent.delete(id)
  }

  async #sendEnd({ status, seq }: RunState): Promise<void> {
    if (status === 'RUNNING' || BigInt(seq) > BigInt(this.#seq) + BigInt(mostRemembered)) return
    const key = `${status} ${this.#seq}`
    if (this.#endedAt === key) return
    this.#endedAt = key
    await this.#send('end', { status: status as RunRow['status'], seq: this.#seq })
  }
}

function isWithin(seq: string, from: string, to: string): boolean {
  return BigInt(seq) >= BigInt(from) && BigInt(seq) <= BigInt(to)
}
