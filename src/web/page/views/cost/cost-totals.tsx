import type { CostAnswer } from '../../../answers/costs.ts'
import { count, money, nothing, share } from '../../format/numbers.ts'
import { Icon } from '../../parts/icon.tsx'
import { linkTo } from '../../state/location.ts'
import { firstList, runsIn } from '../../state/route.ts'

export function CostTotalsBar({ cost }: { readonly cost: CostAnswer }) {
  const { totals, since, until } = cost
  const runs = linkTo(runsIn(cost))
  return (
    <>
      <div class="tiles">
        <a class="tile main" {...runs}>
          <span class="tile-name">Cost</span>
          <span class="tile-value">{money(totals.cost_nano_usd)}</span>
          {totals.previous_cost_nano_usd === '0' ? (
            <span class="muted">Nothing in the period before</span>
          ) : (
            <Change now={totals.cost_nano_usd} before={totals.previous_cost_nano_usd} />
          )}
        </a>
        <Tile
          link={runs}
          name={cost.of === 'runs' ? 'Runs' : 'Model calls'}
          value={count(cost.of === 'runs' ? totals.runs : totals.calls)}
        />
        <Tile
          link={runs}
          name="Input"
          value={count(totals.prompt_tokens)}
          note={
            totals.prompt_tokens > 0 && `${share(totals.cache_read_tokens, totals.prompt_tokens)} read from a cache`
          }
        />
        <Tile
          link={runs}
          name="Output"
          value={count(totals.completion_tokens)}
          note={totals.completion_tokens > 0 && `${share(totals.reasoning_tokens, totals.completion_tokens)} reasoning`}
        />
        <Tile link={runs} name="Tokens" value={count(totals.total_tokens)} note="Input and output" />
      </div>
      {cost.unpriced.length > 0 && (
        <div class="note warn">
          <Icon name="warn" />
          <div>
            <p>
              {totals.unpriced_calls === 1
                ? '1 call has no known price and is in no cost:'
                : `${count(totals.unpriced_calls)} calls have no known price and are in no cost:`}{' '}
              {cost.unpriced.map(({ model, calls }, index) => (
                <span key={model}>
                  {index > 0 && ', '}
                  <a {...linkTo({ view: 'runs', list: { ...firstList, filter: { model, since, until } } })}>{model}</a>{' '}
                  ({count(calls)})
                </span>
              ))}
            </p>
            <p class="muted">
              Give their prices in the setting <code>prices</code>.
            </p>
          </div>
        </div>
      )}
    </>
  )
}

interface TileOptions {
  readonly link: ReturnType<typeof linkTo>
  readonly name: string
  readonly value: string
  readonly note?: string | false
}

function Tile({ link, name, value, note }: TileOptions) {
  return (
    <a class="tile" {...link}>
      <span class="tile-name">{name}</span>
      <span class="tile-value">{value}</span>
      {note && <span class="muted">{note}</span>}
    </a>
  )
}

/** The difference to the period before, of the same length. */
export function Change({ now, before }: { readonly now: string; readonly before: string | null }) {
  if (before === null) return null
  const difference = BigInt(now) - BigInt(before)
  if (before === '0') return <span class="muted">{now === '0' ? nothing : 'new'}</span>
  const part = Number(difference) / Number(BigInt(before))
  const sign = difference > 0n ? '+' : difference < 0n ? '−' : '±'
  return (
    <span class="muted" title={`Before: ${money(before)}`}>
      {sign}
      {Math.abs(part * 100).toFixed(Math.abs(part) < 0.1 ? 1 : 0)}% <span class="before">from {money(before)}</span>
    </span>
  )
}
