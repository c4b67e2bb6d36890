import { effect, signal } from '@preact/signals'
import type { RunRow } from '../../../queries/rows/run-rows.ts'
import type { HealthSummary } from '../../answers/health.ts'
import type { LiveStream } from '../../answers/streams.ts'
import { needsToken, tokenGiven } from '../api/client.ts'
import { rowsOf } from '../api/columnar.ts'
import { openStream } from '../api/stream.ts'

/** Rows of runs that are new or have changed, and the ids of those that are no more. */
export interface LiveChanges {
  readonly rows: readonly RunRow[]
  readonly removed: readonly string[]
}

/** Whether changes arrive by themselves at present. */
export const connected = signal(false)
/** How often the stream has been connected anew: what happened in between was not streamed. */
export const reconnects = signal(0)
export const health = signal<HealthSummary | null>(null)

const listeners = new Set<(changes: LiveChanges) => void>()

/** Calls `listener` with each change until the returned function is called. */
export function onRunChanges(listener: (changes: LiveChanges) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** One stream for all views: browsers allow six connections to a host. */
export function startLive(): void {
  effect(() => {
    void tokenGiven.value
    if (needsToken.value) return
    let wasConnected = false
    return openStream('/api/live', {
      onState: (state) => {
        if (state && wasConnected) reconnects.value = reconnects.peek() + 1
        wasConnected ||= state
        connected.value = state
      },
      onEvent: ({ type, data }) => {
        if (type === 'health') health.value = JSON.parse(data) as HealthSummary
        if (type !== 'runs') return
        const { removed, ...columnar } = JSON.parse(data) as LiveStream['runs']
        const changes = { rows: rowsOf(columnar), removed }
        for (const listener of listeners) listener(changes)
      },
    })
  })
}
