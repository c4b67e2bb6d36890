import { Fragment } from 'preact'
import type { HealthAnswer, HealthItem, HealthState } from '../../../answers/health.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { count, nothing, share } from '../../format/numbers.ts'
import { duration, moment } from '../../format/times.ts'
import { WithAnswer } from '../../parts/notes.tsx'
import { ShareBar, SumTable } from '../../parts/sum-table.tsx'
import { linkTo } from '../../state/location.ts'
import { firstList } from '../../state/route.ts'
import { RefusedList } from './refused-list.tsx'

const words: Readonly<Record<HealthState, string>> = {
  good: 'All is well',
  look: 'Something is worth a look',
  bad: 'Something needs you',
}

export function HealthView() {
  const health = useAnswer<HealthAnswer>('/api/health', { everyMs: 3000 })
  return (
    <div class="page-scroll">
      <WithAnswer answer={health}>{(known) => <Known health={known} />}</WithAnswer>
      <RefusedList />
    </div>
  )
}

function Known({ health }: { readonly health: HealthAnswer }) {
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
function worthShowing({ items, spans }: HealthAnswer): HealthItem[] {
  const isShown = ({ name, state }: HealthItem) => spans !== null && state === 'good' && name in spans
  return items.filter((item) => !isShown(item)).sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
}

interface BalanceOptions {
  readonly health: HealthAnswer
  readonly spans: NonNullable<HealthAnswer['spans']>
}

interface BalancePart {
  readonly name: string
  readonly spans: number
  readonly meaning: string
  /** Where those spans, or their rows, are shown. */
  readonly link?: { readonly href: string; readonly onClick?: (event: MouseEvent) => void }
  /** Whether one is worth a look. */
  readonly isLook?: boolean
}

/** Received is the sum of the others; each span is in one of them. */
function Balance({ health, spans }: BalanceOptions) {
  const { received, committed, duplicate, unrelated, refused, given_back } = spans
  const parts: readonly BalancePart[] = [
    {
      name: 'Committed',
      spans: committed,
      meaning: 'Their rows are in the database.',
      link: linkTo({ view: 'runs', list: firstList }),
    },
    { name: 'Duplicate', spans: duplicate, meaning: 'They were known already.' },
    { name: 'Unrelated', spans: unrelated, meaning: 'They belong to no run.' },
    {
      name: 'Refused',
      spans: refused,
      meaning: 'They are wrong, and are kept below.',
      link: { href: '#refused' },
      isLook: true,
    },
    { name: 'Given back', spans: given_back, meaning: 'Their senders send them again.', isLook: true },
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
        {parts.map((part, index) => (
          <Fragment key={part.name}>
            {index > 0 && (
              <span class="sign" aria-hidden="true">
                +
              </span>
            )}
            <PartTile part={part} />
          </Fragment>
        ))}
      </div>
    </section>
  )
}

function PartTile({ part: { name, spans, meaning, link, isLook } }: { readonly part: BalancePart }) {
  const className = spans > 0 && isLook ? 'tile look' : 'tile'
  const inside = (
    <>
      <span class="tile-name">{name}</span>
      <span class="tile-value">{count(spans)}</span>
      <span class="muted">{meaning}</span>
    </>
  )
  return link === undefined ? (
    <div class={className}>{inside}</div>
  ) : (
    <a class={className} {...link}>
      {inside}
    </a>
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

function Dialects({ health }: { readonly health: HealthAnswer }) {
  const all = health.dialects.reduce((sum, { spans }) => sum + spans, 0)
  return (
    <section class="card" aria-labelledby="dialects">
      <header class="card-head">
        <h2 id="dialects">Dialects seen</h2>
      </header>
      <SumTable
        name="Dialect"
        rows={health.dialects}
        keyOf={({ dialect }) => dialect}
        columns={[
          { name: 'Spans', value: ({ spans }) => count(spans), total: count(all) },
          { name: 'Share', value: ({ spans }) => share(spans, all), total: share(all, all) },
          { name: 'Share as a bar', kind: 'bar', value: ({ spans }) => <ShareBar part={spans / all} /> },
        ]}
      />
    </section>
  )
}
