import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { RunEventRow } from '../../../../../queries/rows/event-rows.ts'
import type { EventStream } from '../../../../answers/streams.ts'
import { openStream } from '../../../api/stream.ts'

const pauseMs = 60
/** Of a run with more events than `many`, which are copied each time. */
const longPauseMs = 400
const many = 2000

/** The events of a run in the order of their numbers, as they arrive. */
export class RunEvents {
  readonly rows: Signal<readonly RunEventRow[]> = signal([])
  /** The events in the order in which they happened, not in which they arrived. */
  readonly inTime: ReadonlySignal<readonly RunEventRow[]> = computed(() => sortedByTime(this.rows.value))
  readonly ended = signal(false)
  readonly #known = new Set<string>()
  #waiting: RunEventRow[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Reads until the returned function is called. */
  open(workflow: string): () => void {
    const url = `/api/workflows/${encodeURIComponent(workflow)}/events?after_seq=0`
    const close = openStream(url, { onEvent: ({ type, data }) => this.#take(type, data) })
    return () => {
      close()
      clearTimeout(this.#timer)
    }
  }

  #take(type: string, data: string): void {
    if (type === 'event') {
      this.#waiting.push(JSON.parse(data) as RunEventRow)
      this.ended.value = false
      // a run with a hundred thousand events is drawn a few times, not a hundred thousand times
      this.#timer ??= setTimeout(() => this.#flush(), this.rows.value.length > many ? longPauseMs : pauseMs)
      return
    }
    this.#flush()
    if (type === 'moved') {
      const { id, from_seq } = JSON.parse(data) as EventStream['moved']
      this.rows.value = this.rows.value.filter((row) => row.id !== id || row.seq !== from_seq)
    }
    if (type === 'withdrawn') {
      const { seqs } = JSON.parse(data) as EventStream['withdrawn']
      const ranges = seqs.map(([from, to]) => [BigInt(from), BigInt(to)] as const)
      const isGone = (seq: bigint) => ranges.some(([from, to]) => seq >= from && seq <= to)
      this.rows.value = this.rows.value.filter(({ seq }) => !isGone(BigInt(seq)))
    }
    if (type === 'end') this.ended.value = true
  }

  #flush(): void {
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    const again = new Set(this.#waiting.map(({ id }) => id).filter((id) => this.#known.has(id)))
    const before = this.rows.value
    this.rows.value = (again.size === 0 ? before : before.filter(({ id }) => !again.has(id))).concat(this.#waiting)
    for (const { id } of this.#waiting) this.#known.add(id)
    this.#waiting = []
  }
}

function sortedByTime(rows: readonly RunEventRow[]): RunEventRow[] {
  return [...rows].sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
}

export function useEvents(workflow: string): RunEvents {
  const events = useMemo(() => new RunEvents(), [workflow])
  useEffect(() => events.open(workflow), [events, workflow])
  return events
}
