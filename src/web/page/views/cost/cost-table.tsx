import type { Cost, CostRow } from '../../../answers/costs.ts'
import { rowsOf } from '../../api/columnar.ts'
import { moneyColumn } from '../../format/money-column.ts'
import { count, exactMoney, nothing, share, short } from '../../format/numbers.ts'
import { Nothing } from '../../parts/notes.tsx'
import { linkTo } from '../../state/location.ts'
import { rowsBehind } from './cost-rows.ts'
import { Change } from './cost-totals.tsx'

export function CostTable({ cost }: { readonly cost: Cost }) {
  const rows = rowsOf(cost)
  if (rows.length === 0) return <Nothing title="Nothing was counted in this range" />
  const most = rows.reduce((max, row) => Math.max(max, Number(row.cost_nano_usd)), 1)
  const { totals } = cost
  const costs = moneyColumn(rows.map(({ cost_nano_usd }) => cost_nano_usd))
  return (
    <div class="table-scroll">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">{cost.by === 'service-tier' ? 'tier' : cost.by}</th>
            <th scope="col" class="bar-column">
              <span class="hidden">Share</span>
            </th>
            <th scope="col" class="number">
              Cost
            </th>
            <th scope="col" class="number">
              Before
            </th>
            <th scope="col" class="number">
              {cost.of === 'runs' ? 'Runs' : 'Calls'}
            </th>
            <th scope="col" class="number">
              Input
            </th>
            <th scope="col" class="number">
              Cached
            </th>
            <th scope="col" class="number">
              Output
            </th>
            <th scope="col" class="number">
              Reasoning
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <Line key={row.key ?? ''} row={row} cost={cost} most={most} text={costs.texts[index]!} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td />
            <td class="number" title={exactMoney(totals.cost_nano_usd)}>
              {costs.total}
            </td>
            <td class="number">
              <Change now={totals.cost_nano_usd} before={totals.previous_cost_nano_usd} />
            </td>
            <td class="number">{count(cost.of === 'runs' ? totals.runs : totals.calls)}</td>
            <td class="number">{short(totals.prompt_tokens)}</td>
            <td class="number">{share(totals.cache_read_tokens, totals.prompt_tokens)}</td>
            <td class="number">{short(totals.completion_tokens)}</td>
            <td class="number">{short(totals.reasoning_tokens)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

interface LineOptions {
  readonly row: CostRow
  readonly cost: Cost
  /** The highest cost of all lines. */
  readonly most: number
  readonly text: string
}

function Line({ row, cost, most, text }: LineOptions) {
  const link = linkTo(rowsBehind({ by: cost.by, key: row.key, since: cost.since, until: cost.until }))
  const width = `${(Number(row.cost_nano_usd) / most) * 100}%`
  return (
    <tr>
      <th scope="row" class="key">
        <a {...link}>{row.key ?? `No ${cost.by === 'service-tier' ? 'tier' : cost.by}`}</a>
        {row.unpriced_calls > 0 && <span class="tag warn">{count(row.unpriced_calls)} unpriced</span>}
      </th>
      <td class="bar-column">
        <a {...link} tabIndex={-1} class="share">
          <span class="hidden">The runs</span>
          <span class="share-bar" style={{ width }} />
        </a>
      </td>
      <td class="number" title={exactMoney(row.cost_nano_usd)}>
        {text}
      </td>
      <td class="number">
        <Change now={row.cost_nano_usd} before={row.previous_cost_nano_usd} />
      </td>
      <td class="number">{count(cost.of === 'runs' ? row.runs : row.calls)}</td>
      <td class="number">{short(row.prompt_tokens)}</td>
      <td class="number muted">
        {row.prompt_tokens === 0 ? nothing : share(row.cache_read_tokens, row.prompt_tokens)}
      </td>
      <td class="number">{short(row.completion_tokens)}</td>
      <td class="number muted">{row.reasoning_tokens === 0 ? nothing : short(row.reasoning_tokens)}</td>
    </tr>
  )
}
