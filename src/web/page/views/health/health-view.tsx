import type { Health, HealthItem, HealthState } from '../../../answers/health.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { count, nothing, share } from '../../format/numbers.ts'
import { duration, moment } from '../../format/times.ts'
import { Answered } from '../../parts/notes.tsx'
import { RefusedList } from './refused-list.tsx'

const words: Readonly<Record<HealthState, string>> = {
  good: 'All is well',
  look: 'Something is worth a look',
  bad: 'Something needs you',
}

export function HealthView() {
  const health = useAnswer<Health>('/api/health', { everyMs: 3000 })
  return (
    <div class="page-scroll">
      <Answered answer={health}>{(known) => <Known health={known} />}</Answered>
      <RefusedList />
    </div>
  )
}

function Known({ health }: { readonly health: Health }) {
  return (
    <>
      <header class="page-head">
        <h1>
          <span class={`dot ${health.state}`} /> {words[health.state]}
        </h1>
      </header>
      {health.spans === null ? null : <Balance health={health} spans={health.spans} />}
      <section class="card" aria-labelledby="numbers">
        <header class="card-head">
          <h2 id="numbers">What to do</h2>
        </header>
        <ul class="health-items">
          {worthShowing(health).map((item) => (
            <Item key={item.name} item={item} />
          ))}
        </ul>
      </section>
      {health.dialects.length > 0 && <Dialects health={health} />}
    </>
  )
}

const order: readonly HealthState[] = ['bad', 'look', 'good']

/** What needs somebody comes first; what the sum of all spans shows already is left out. */
function worthShowing({ items, spans }: Health): HealthItem[] {
  const isShown = ({ name, state }: HealthItem) => spans !== null && state === 'good' && name in spans
  return items.filter((item) => !isShown(item)).sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
}

interface BalanceOptions {
  readonly health: Health
  readonly spans: NonNullable<Health['spans']>
}

/** Received is the sum of the others; each span is in one of them. */
function Balance({ health, spans }: BalanceOptions) {
  const { received, committed, duplicate, unrelated, refused, given_back } = spans
  const parts: readonly (readonly [string, number, string])[] = [
    ['Committed', committed, 'Their rows are in the database.'],
    ['Duplicate', duplicate, 'They were known already.'],
    ['Unrelated', unrelated, 'They belong to no run.'],
    ['Refused', refused, 'They are wrong, and are kept below.'],
    ['Given back', given_back, 'Their senders send them again.'],
  ]
  return (
    <section class="card" aria-labelledby="balance">
      <header class="card-head">
        <h2 id="balance">Spans and records</h2>
        <span class="muted">
          since {moment(health.since)}
          {health.spans_of === 'receiver' && ', of all tenants'}
        </span>
      </header>
      <div class="balance">
        <div class="tile main">
          <span class="tile-name">Received</span>
          <span class="tile-value">{count(received)}</span>
          <span class="muted">All that senders sent.</span>
        </div>
        <span class="sign" aria-hidden="true">
          =
        </span>
        {parts.map(([name, value, meaning], index) => (
          <>
            {index > 0 && (
              <span class="sign" aria-hidden="true">
                +
              </span>
            )}
            <div class={value > 0 && index > 2 ? 'tile look' : 'tile'} title={meaning}>
              <span class="tile-name">{name}</span>
              <span class="tile-value">{count(value)}</span>
              <span class="muted">{meaning}</span>
            </div>
          </>
        ))}
      </div>
    </section>
  )
}

function Item({ item }: { readonly item: HealthItem }) {
  return (
    <li class="health-item">
      <span class={`dot ${item.state}`} role="img" aria-label={words[item.state]} />
      <span class="health-name">{item.name.replaceAll('_', ' ')}</span>
      <span class="health-value">{amountOf(item)}</span>
      <span class="health-text">
        {item.meaning}
        {item.advice !== '' && <span class="advice">{item.advice}</span>}
      </span>
    </li>
  )
}

function amountOf({ value, unit }: HealthItem): string {
  if (value === null) return nothing
  if (unit === 'seconds') return duration(value * 1000)
  const rounded = Math.round(value)
  return `${count(rounded)} ${rounded === 1 ? unit.replace(/s$/, '') : unit}`
}

function Dialects({ health }: { readonly health: Health }) {
  const all = health.dialects.reduce((sum, { spans }) => sum + spans, 0)
  return (
    <section class="card" aria-labelledby="dialects">
      <header class="card-head">
        <h2 id="dialects">Dialects seen</h2>
      </header>
      <div class="table-scroll">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Dialect</th>
              <th scope="col" class="number">
                Spans
              </th>
              <th scope="col" class="number">
                Share
              </th>
              <th scope="col" class="bar-column">
                <span class="hidden">Share as a bar</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {health.dialects.map(({ dialect, spans }) => (
              <tr key={dialect}>
                <th scope="row">{dialect}</th>
                <td class="number">{count(spans)}</td>
                <td class="number">{share(spans, all)}</td>
                <td class="bar-column" aria-hidden="true">
                  <span class="share">
                    <span class="share-bar" style={{ width: `${(spans / all) * 100}%` }} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
