import type { ReadonlySignal, Signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { RunEventRow } from '../../../../../queries/rows/event-rows.ts'
import { count, money } from '../../../format/numbers.ts'
import { duration } from '../../../format/times.ts'
import { Icon } from '../../../parts/icon.tsx'
import type { SpanTree } from '../timeline/span-tree.ts'
import type { RunEvents } from './events.ts'

interface ReplayOptions {
  readonly events: RunEvents
  readonly tree: SpanTree | null
  /** The place of the event that is shown; null: nothing is replayed. */
  readonly step: Signal<number | null>
  readonly replayed: ReadonlySignal<number | null>
}

const stepMs = 600

/** Microseconds from the start of the run to an event. */
export function offsetOf(event: RunEventRow, tree: SpanTree | null): number {
  return microseconds(event.timestamp) - microseconds(tree?.source.started_at ?? event.timestamp)
}

/** Of a time that is exact to the microsecond, which `Date` is not. */
function microseconds(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  return Date.parse(iso.replace(/\.\d+/, '')) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** Microseconds from the start of the run to the event of a step. */
export function timeOfStep(step: number | null, events: RunEvents, tree: SpanTree | null): number | null {
  const event = step === null ? undefined : events.inTime.value[step]
  return event === undefined ? null : offsetOf(event, tree)
}

export function ReplayButton({ step }: Pick<ReplayOptions, 'step'>) {
  const isOn = step.value !== null
  return (
    <button
      type="button"
      class="button"
      aria-pressed={isOn}
      onClick={() => {
        step.value = isOn ? null : 0
      }}
    >
      <Icon name="play" />
      Replay
    </button>
  )
}

/** Goes through a run step by step: what had happened, and what it had cost by then. */
export function Replay(options: ReplayOptions) {
  // without a step nothing sorts the events, which may be many and still arrive
  return options.step.value === null ? null : <Steps {...options} />
}

function Steps({ events, tree, step: shown, replayed }: ReplayOptions) {
  const rows = events.inTime.value
  const [plays, setPlays] = useState(false)
  const step = shown.value
  const go = (next: number) => {
    shown.value = next
  }
  const last = rows.length - 1
  useEffect(() => {
    if (!plays || step === null) return
    const timer = setTimeout(() => (step >= last ? setPlays(false) : go(step + 1)), stepMs)
    return () => clearTimeout(timer)
  })
  if (step === null) return null
  const event = rows[step]
  const sums = tree?.sumsAt(replayed.value ?? 0)
  return (
    <div class="replay">
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
