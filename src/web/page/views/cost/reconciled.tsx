import type { ReconciliationRow, ReconciliationsAnswer } from '../../../answers/costs.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { exactMoney } from '../../format/numbers.ts'
import { moment } from '../../format/times.ts'
import { SqlButton } from '../../parts/sql-button.tsx'
import { linkTo } from '../../state/location.ts'

/** The last comparison of the ledger with each provider's bill. */
export function Reconciled() {
  const { value } = useAnswer<ReconciliationsAnswer>('/api/reconciliations')
  if (value === null) return null
  return (
    <section class="card" aria-labelledby="reconciled">
      <header class="card-head">
        <h2 id="reconciled">Compared with the bill</h2>
        <span class="space" />
        <SqlButton sql={value.sql} of="the reconciliations" />
      </header>
      {value.last.length === 0 ? (
        <p class="pad muted">
          No bill was compared yet: <code>spanledger reconcile bill.csv</code> says whether it and the ledger agree, and
          why not.
        </p>
      ) : (
        <div class="bills">
          {value.last.map((one) => (
            <Bill key={one.id} one={one} />
          ))}
        </div>
      )}
    </section>
  )
}

function Bill({ one }: { readonly one: ReconciliationRow }) {
  const { period_start: since, period_end: until } = one
  return (
    <article class="bill">
      <header class="row">
        <h3>{one.format}</h3>
        <span class={one.within_tolerance ? 'tag good' : 'tag warn'}>
          {one.within_tolerance ? 'agrees' : 'differs'}
        </span>
        <span class="space" />
        <span class="muted">{moment(one.reconciled_at)}</span>
      </header>
      <p class="muted">
        {since.slice(0, 10)} to {until.slice(0, 10)}
      </p>
      <table class="data compact">
        <tbody>
          <tr>
            <th scope="row">Bill</th>
            <td class="number">{exactMoney(one.bill_nano_usd)}</td>
          </tr>
          <tr>
            <th scope="row">Ledger</th>
            <td class="number">
              <a class="plain" {...linkTo({ view: 'cost', settings: { by: 'provider', since, until } })}>
                {exactMoney(one.ledger_nano_usd)}
              </a>
            </td>
          </tr>
          {one.reasons.map(({ code, text, nano_usd }) => (
            <tr key={code} class="muted">
              <th scope="row" title={code}>
                {text}
              </th>
              <td class="number">{exactMoney(nano_usd)}</td>
            </tr>
          ))}
          {one.unexplained_nano_usd !== '0' && (
            <tr class="muted">
              <th scope="row">Unexplained</th>
              <td class="number">{exactMoney(one.unexplained_nano_usd)}</td>
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Difference</th>
            <td class="number">{exactMoney(one.difference_nano_usd)}</td>
          </tr>
        </tfoot>
      </table>
    </article>
  )
}
