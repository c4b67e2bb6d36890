import { clock, duration } from '../../../format/times.ts'
import type { Window } from './minimap.tsx'
import type { TimeScale } from './time-scale.ts'

const ticks = [0, 0.25, 0.5, 0.75, 1]

/** The times under the minimap, and where idle time is folded away. */
export function Axis({ scale, window }: { readonly scale: TimeScale; readonly window: Window }) {
  const width = window.to - window.from
  const at = (us: number) => ((scale.place(us) - window.from) / width) * 100
  const folded = scale.gaps.filter(({ from, to }) => at(to) >= 0 && at(from) <= 100)
  return (
    <div class="axis" aria-hidden="true">
      {ticks.map((tick) => (
        <span key={tick} class={`tick t${tick * 100}`} style={{ left: `${tick * 100}%` }}>
          {clock(scale.time(window.from + tick * width) / 1000)}
        </span>
      ))}
      {folded.map(({ from, to }) => (
        <span
          key={from}
          class="fold"
          title={`Nothing ran for ${duration((to - from) / 1000)}`}
          style={{ left: `${at(from)}%`, width: `${at(to) - at(from)}%` }}
        />
      ))}
    </div>
  )
}
