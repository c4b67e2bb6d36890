import type { Signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { EventRow } from '../../../api/types.ts'
import { count, money } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
import { Icon } from '../../parts/icon.tsx'
import type { RunEvents } from './events.ts'
import type { SpanTree } from './span-tree.ts'

interface ReplayOptions {
  readonly events: RunEvents
  readonly tree: SpanTree | null
  readonly replayed: Signal<number | null>
}

const stepMs = 600

/** The events in the order in which they happened, not in which they arrived. */
export function inTime(rows: readonly EventRow[]): EventRow[] {
  return [...rows].sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
}

/** Microseconds from the start of the run to an event. */
export function offsetOf(event: EventRow, tree: SpanTree | null): number {
  return microseconds(event.timestamp) - microseconds(tree?.source.started_at ?? event.timestamp)
}

/** Of a time that is exact to the microsecond, which `Date` is not. */
function microseconds(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  return Date.parse(iso.replace(/\.\d+/, '')) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** Goes through a run step by step: what had happened, and what it had cost by then. */
export function Replay({ events, tree, replayed }: ReplayOptions) {
  const rows = inTime(events.rows.value)
  const [step, setStep] = useState<number | null>(null)
  const [plays, setPlays] = useState(false)
  const go = (next: number | null) => {
    const event = next === null ? undefined : rows[next]
    setStep(event === undefined ? null : next)
    replayed.value = event === undefined ? null : offsetOf(event, tree)
  }
  const last = rows.length - 1
  useEffect(() => {
    if (!plays) return
    const timer = setTimeout(() => {
      if (step === last) setPlays(false)
      else go(step === null ? 0 : step + 1)
    }, stepMs)
    return () => clearTimeout(timer)
  })
  if (rows.length === 0) return null
  if (step === null)
    return (
      <div class="replay row">
        <button type="button" class="button" onClick={() => go(0)}>
          <Icon name="play" />
          Replay
        </button>
        <span class="muted" role="status">
          {count(rows.length)} events{events.ended.value ? '' : ', more arrive by themselves'}
        </span>
      </div>
    )
  const event = rows[step]
  const sums = tree?.sumsAt(replayed.value ?? 0)
  return (
    <div class="replay on">
      <div class="row">
        <button type="button" class="button" aria-label="Step back" disabled={step === 0} onClick={() => go(step - 1)}>
          <Icon name="left" />
        </button>
        <button type="button" class="button" aria-label={plays ? 'Pause' : 'Play'} onClick={() => setPlays(!plays)}>
          <Icon name={plays ? 'pause' : 'play'} />
        </button>
        <button
          type="button"
          class="button"
          aria-label="Step forward"
          disabled={step >= last}
          onClick={() => go(step + 1)}
        >
          <Icon name="right" />
        </button>
        <input
          type="range"
          class="space"
          aria-label="Step"
          min={0}
          max={last}
          value={step}
          onInput={(input) => go(Number(input.currentTarget.value))}
        />
        <span class="muted replay-at">
          {step + 1} / {rows.length}
        </span>
        <button
          type="button"
          class="button quiet"
          aria-label="End the replay"
          onClick={() => {
            setPlays(false)
            go(null)
          }}
        >
          <Icon name="close" />
        </button>
      </div>
      <p class="row replay-line" aria-live="polite">
        <span class="number">{duration((replayed.value ?? 0) / 1000)}</span>
        <span class="event-type">{event?.type}</span>
        <span class="clip">{event?.message}</span>
        <span class="space" />
        {sums && (
          <span class="muted number">
            {count(sums.calls)} calls, {count(sums.tokens)} tokens, {money(sums.cost)}
          </span>
        )}
      </p>
    </div>
  )
}
