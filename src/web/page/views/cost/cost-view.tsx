import type { CostAnswer, CostBy, CostSeriesAnswer } from '../../../answers/costs.ts'
import { address } from '../../api/client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { dayAfter, reportRangeOf, timesOfRange } from '../../format/ranges.ts'
import { CsvButton } from '../../parts/csv-button.tsx'
import { WithAnswer } from '../../parts/notes.tsx'
import { RangeBar } from '../../parts/range-bar.tsx'
import { SqlButton } from '../../parts/sql-button.tsx'
import { navigate } from '../../state/location.ts'
import { CostPlot } from './cost-plot.tsx'
import { CostTable } from './cost-table.tsx'
import { CostTotalsBar } from './cost-totals.tsx'
import { Reconciled } from './reconciled.tsx'
import { TopUsers } from './top-users.tsx'

const ways: readonly (readonly [CostBy, string])[] = [
  ['model', 'Model'],
  ['provider', 'Provider'],
  ['user', 'User'],
  ['agent', 'Agent'],
  ['mode', 'Mode'],
  ['service-tier', 'Tier'],
  ['day', 'Day'],
]

export function CostView({ settings }: { readonly settings: Readonly<Record<string, string>> }) {
  const by = ways.find(([one]) => one === settings.by)?.[0] ?? 'model'
  const range = reportRangeOf(settings)
  const times = timesOfRange(range)
  const change = (next: Readonly<Record<string, string | undefined>>) => {
    const given = Object.entries({ ...settings, ...next }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    navigate({ view: 'cost', settings: Object.fromEntries(given) })
  }
  const cost = useAnswer<CostAnswer>(address('/api/cost', { by, compare: 1, ...times }), { everyMs: 30_000 })
  const seriesBy = by === 'day' ? 'model' : by
  const series = useAnswer<CostSeriesAnswer>(address('/api/cost/series', { by: seriesBy, ...times }), {
    everyMs: 30_000,
  })
  const zoom = (first: string, last: string) => change({ since: first, until: dayAfter(last) })
  return (
    <div class="page-scroll">
      <header class="page-head">
        <h1>Cost</h1>
        <RangeBar range={range} onRange={change} />
      </header>
      <WithAnswer answer={cost}>{(known) => <CostTotalsBar cost={known} />}</WithAnswer>
      <section class="card" aria-label="Cost by day">
        <header class="card-head">
          <h2>By day{seriesBy === by || by === 'day' ? ` and ${nameOf(seriesBy)}` : ''}</h2>
          <span class="muted hint">Drag to choose a range, click a day to see its runs</span>
          <span class="space" />
          {series.value && <SqlButton sql={series.value.sql} of="the cost by day" />}
        </header>
        <WithAnswer answer={series}>{(known) => <CostPlot series={known} onZoom={zoom} />}</WithAnswer>
      </section>
      <section class="card" aria-label="Cost in a table">
        <header class="card-head wrap">
          <fieldset class="chips">
            <legend class="hidden">Cost by</legend>
            {ways.map(([id, name]) => (
              <button key={id} type="button" class="button" aria-pressed={id === by} onClick={() => change({ by: id })}>
                {name}
              </button>
            ))}
          </fieldset>
          <span class="space" />
          {cost.value && <SqlButton sql={cost.value.sql} of={`the cost by ${nameOf(by)}`} />}
          <CsvButton url={address('/api/cost.csv', { by, compare: 1, ...times })} name={`cost-by-${by}.csv`} />
        </header>
        <WithAnswer answer={cost}>{(known) => <CostTable cost={known} />}</WithAnswer>
      </section>
      {by !== 'user' && <TopUsers times={times} />}
      <Reconciled />
    </div>
  )
}

function nameOf(by: CostBy): string {
  return ways.find(([one]) => one === by)![1].toLowerCase()
}
