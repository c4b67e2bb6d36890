import type { CostAnswer, CostRow } from '../../../answers/costs.ts'
import { rowsOf } from '../../api/columnar.ts'
import { moneyColumn } from '../../format/money-column.ts'
import { count, exactMoney, nothing, share } from '../../format/numbers.ts'
import { Nothing } from '../../parts/notes.tsx'
import { ShareBar, type SumColumn, SumTable } from '../../parts/sum-table.tsx'
import { linkTo } from '../../state/location.ts'
import { type Route, runsIn } from '../../state/route.ts'
import { nameOfKey } from './cost-plot.tsx'
import { rowsBehind } from './cost-rows.ts'
import { Change } from './cost-totals.tsx'

export function CostTable({ cost }: { readonly cost: CostAnswer }) {
  const rows = rowsOf(cost)
  if (rows.length === 0) return <Nothing title="Nothing was counted in this range" />
  const name = cost.by === 'service-tier' ? 'tier' : cost.by
  const linkOf = (row: CostRow): Route =>
    rowsBehind({ by: cost.by, key: row.key, since: cost.since, until: cost.until })
  return (
    <SumTable
      name={name}
      rows={rows}
      columns={columnsOf(cost, rows)}
      keyOf={({ key }) => key ?? ''}
      nameOf={(row) => (
        <>
          <a {...linkTo(linkOf(row))}>{nameOfKey(cost.by, row.key)}</a>
          {row.unpriced_calls > 0 && <span class="tag warn">{count(row.unpriced_calls)} unpriced</span>}
        </>
      )}
      linkOf={linkOf}
      totalLink={runsIn(cost)}
    />
  )
}

function columnsOf({ of, totals }: CostAnswer, rows: readonly CostRow[]): readonly SumColumn<CostRow>[] {
  const most = rows.reduce((max, row) => Math.max(max, Number(row.cost_nano_usd)), 1)
  const costs = moneyColumn(rows, ({ cost_nano_usd }) => cost_nano_usd)
  const times = (row: Pick<CostRow, 'runs' | 'calls'>) => count(of === 'runs' ? row.runs : row.calls)
  return [
    { name: 'Share', kind: 'bar', value: ({ cost_nano_usd }) => <ShareBar part={Number(cost_nano_usd) / most} /> },
    {
      name: 'Cost',
      value: (row) => costs.textOf(row),
      title: ({ cost_nano_usd }) => exactMoney(cost_nano_usd),
      total: costs.total,
    },
    {
      name: 'Before',
      value: (row) => <Change now={row.cost_nano_usd} before={row.previous_cost_nano_usd} />,
      total: <Change now={totals.cost_nano_usd} before={totals.previous_cost_nano_usd} />,
    },
    { name: of === 'runs' ? 'Runs' : 'Calls', value: times, total: times(totals) },
    { name: 'Input', value: (row) => count(row.prompt_tokens), total: count(totals.prompt_tokens) },
    {
      name: 'Cached',
      muted: true,
      value: (row) => (row.prompt_tokens === 0 ? nothing : share(row.cache_read_tokens, row.prompt_tokens)),
      total: share(totals.cache_read_tokens, totals.prompt_tokens),
    },
    { name: 'Output', value: (row) => count(row.completion_tokens), total: count(totals.completion_tokens) },
    {
      name: 'Reasoning',
      muted: true,
      value: (row) => (row.reasoning_tokens === 0 ? nothing : count(row.reasoning_tokens)),
      total: count(totals.reasoning_tokens),
    },
  ]
}
