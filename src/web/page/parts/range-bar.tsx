import { useState } from 'preact/hooks'
import { type ReportRange, rangeChoices, timesOfRange } from '../format/ranges.ts'

interface RangeBarOptions {
  readonly range: ReportRange
  readonly onRange: (range: { readonly since: string; readonly until?: string | undefined }) => void
}

export function RangeBar({ range, onRange }: RangeBarOptions) {
  const isPreset = range.until === undefined && rangeChoices.some(([value]) => value === range.since)
  const [custom, setCustom] = useState(!isPreset)
  const isChosen = (choice: string) => !custom && range.since === choice && range.until === undefined
  return (
    <div class="range row wrap">
      <fieldset class="chips">
        <legend class="hidden">Range</legend>
        {rangeChoices.map(([value, name]) => (
          <button
            key={value}
            type="button"
            class="button"
            aria-pressed={isChosen(value)}
            onClick={() => {
              setCustom(false)
              onRange({ since: value, until: undefined })
            }}
          >
            {name}
          </button>
        ))}
        <button type="button" class="button" aria-pressed={custom || !isPreset} onClick={() => setCustom(true)}>
          Custom
        </button>
      </fieldset>
      {(custom || !isPreset) && <Dates range={range} onRange={onRange} />}
    </div>
  )
}

function Dates({ range, onRange }: RangeBarOptions) {
  const times = timesOfRange(range)
  return (
    <span class="row">
      <input
        type="date"
        class="field"
        aria-label="From"
        value={times.since.slice(0, 10)}
        onChange={(event) => onRange({ ...range, since: event.currentTarget.value })}
      />
      <span class="muted">to</span>
      <input
        type="date"
        class="field"
        aria-label="Until, that day not included"
        value={times.until?.slice(0, 10) ?? ''}
        onChange={(event) => onRange({ ...range, until: event.currentTarget.value || undefined })}
      />
    </span>
  )
}
