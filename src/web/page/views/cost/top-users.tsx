import type { CostAnswer } from '../../../answers/costs.ts'
import { address } from '../../api/client.ts'
import { rowsOf } from '../../api/columnar.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { count, money, share } from '../../format/numbers.ts'
import { linkTo } from '../../state/location.ts'
import { rowsBehind } from './cost-rows.ts'

const shown = 5

export function TopUsers({ times }: { readonly times: { readonly since: string; readonly until?: string } }) {
  const { value } = useAnswer<CostAnswer>(address('/api/cost', { by: 'user', ...times }))
  if (value === null) return null
  const rows = rowsOf(value).filter(({ key }) => key !== null)
  if (rows.length === 0) return null
  return (
    <section class="card" aria-labelledby="top-users">
      <header class="card-head">
        <h2 id="top-users">Top users</h2>
        <span class="space" />
        <a {...linkTo({ view: 'cost', settings: { by: 'user', ...times } })}>All {count(rows.length)}</a>
      </header>
      <ol class="top-list">
        {rows.slice(0, shown).map((row) => (
          <li key={row.key}>
            <a
              class="clip"
              {...linkTo(rowsBehind({ by: 'user', key: row.key, since: value.since, until: value.until }))}
            >
              {row.key}
            </a>
            <span class="muted">{share(Number(row.cost_nano_usd), Number(value.totals.cost_nano_usd))}</span>
            <span class="number">{money(row.cost_nano_usd)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
