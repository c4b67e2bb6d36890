import { useEffect, useState } from 'preact/hooks'
import type { RunAnswer } from '../../../answers/run.ts'
import { count, exactMoney, money } from '../../format/numbers.ts'
import { duration, moment } from '../../format/times.ts'
import { Copy } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icon.tsx'
import { StatusTag } from '../../parts/status.tsx'
import { linkTo } from '../../state/location.ts'
import type { FilterKey } from '../../state/query.ts'
import { firstList, type Route, type RunRoute } from '../../state/route.ts'

interface RunHeaderOptions {
  readonly run: RunAnswer
  readonly route: RunRoute
}

export function RunHeader({ run, route }: RunHeaderOptions) {
  const { run: row } = run
  return (
    <header class="run-head">
      <div class="row run-title">
        <StatusTag status={row.status} />
        <h1 class="clip2">{row.query.trim() || row.workflow_id}</h1>
      </div>
      {row.error_message !== null && (
        <p class="note error run-error">
          <Icon name="warn" />
          <span class="clip2">{row.error_message}</span>
        </p>
      )}
      <Facts run={run} />
      <Sums run={run} route={route} />
    </header>
  )
}

function Facts({ run }: { readonly run: RunAnswer }) {
  const { run: row } = run
  const runningFor = useRunningFor(row.status === 'RUNNING' ? row.started_at : null)
  return (
    <dl class="facts">
      <Fact name="Workflow">
        <span class="mono clip">{row.workflow_id}</span>
        <Copy text={row.workflow_id} what="the workflow id" />
      </Fact>
      <Fact name="Started">
        <span title={row.started_at}>{moment(row.started_at)}</span>
      </Fact>
      <Fact name="Duration">{runningFor ?? duration(row.duration_ms)}</Fact>
      <FilterFact name="User" by="user" value={row.user} />
      <FilterFact name="Session" by="session" value={row.session_id} />
      <FilterFact name="Mode" by="mode" value={row.mode} />
      <FilterFact name="Model" by="model" value={row.model_used} />
      {run.parent && (
        <Fact name="Parent">
          <a class="clip" {...linkTo(runRoute(run.parent.workflow_id))}>
            {run.parent.workflow_id}
          </a>
        </Fact>
      )}
      {run.tenant && <Fact name="Tenant">{run.tenant}</Fact>}
    </dl>
  )
}

function runRoute(workflow: string): Route {
  return { view: 'run', workflow, tab: '', span: null, list: firstList }
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface FilterFactOptions {
  readonly name: string
  readonly by: FilterKey
  readonly value: string | null
}

function FilterFact({ name, by, value }: FilterFactOptions) {
  if (value === null || value === '') return null
  return (
    <Fact name={name}>
      <a
        class="clip"
        title={`Runs with this ${by}`}
        {...linkTo({ view: 'runs', list: { ...firstList, filter: { [by]: value } } })}
      >
        {value}
      </a>
    </Fact>
  )
}

interface HeaderSum {
  readonly name: string
  readonly value: string
  readonly title?: string
  /** Where its rows are; by default the calls and what they cost. */
  readonly tab?: string
}

/** The sums of the run; each opens the rows that it is a sum of. */
function Sums({ run, route }: RunHeaderOptions) {
  const { sums, run: row, retries } = run
  const fresh = sums.prompt_tokens - sums.cache_read_tokens - sums.cache_creation_tokens
  const items: readonly HeaderSum[] = [
    { name: 'Cost', value: money(sums.cost_nano_usd), title: exactMoney(sums.cost_nano_usd) },
    { name: 'Tokens', value: count(sums.total_tokens), title: 'Input, cached, written and output' },
    { name: 'Input', value: count(fresh), title: 'Input that was neither read from a cache nor written to one' },
    { name: 'Cached', value: count(sums.cache_read_tokens), title: 'Input that was read from the provider’s cache' },
    {
      name: 'Written',
      value: count(sums.cache_creation_tokens),
      title: 'Input that was written to the provider’s cache',
    },
    {
      name: 'Output',
      value: count(sums.completion_tokens),
      title: `Reasoning included: ${count(sums.reasoning_tokens)}`,
    },
    { name: 'Model calls', value: count(sums.calls) },
    { name: 'Tool runs', value: count(row.tools_invoked), tab: '' },
    { name: 'Agents', value: count(row.agents_used) },
    { name: 'Retried', value: count(retries.length), title: 'Tool runs with more than one attempt', tab: 'related' },
  ]
  const shown = items.filter(({ name }) => name !== 'Retried' || retries.length > 0)
  const missing = row.unpriced_calls + row.uncounted_calls
  return (
    <div class="sums">
      {shown.map(({ name, value, title, tab = 'calls' }) => (
        <a key={name} class="sum" title={title} {...linkTo({ ...route, tab })}>
          <span class="sum-name">{name}</span>
          <span class="sum-value">{value}</span>
        </a>
      ))}
      {missing > 0 && (
        <p class="sum-warning">
          <Icon name="warn" />
          {row.unpriced_calls > 0 &&
            `No price is known for ${calledTimes(row.unpriced_calls)}: the cost leaves ${themOf(row.unpriced_calls)} out. `}
          {row.uncounted_calls > 0 &&
            `Nothing says what ${calledTimes(row.uncounted_calls)} used: the sums leave ${themOf(row.uncounted_calls)} out.`}
        </p>
      )}
    </div>
  )
}

function themOf(calls: number): string {
  return calls === 1 ? 'it' : 'them'
}

function calledTimes(calls: number): string {
  return calls === 1 ? '1 call' : `${count(calls)} calls`
}

/** How long a run has been running, to the second. */
function useRunningFor(startedAt: string | null): string | null {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    if (startedAt === null) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [startedAt])
  return startedAt === null ? null : `${duration(Math.max(0, now - Date.parse(startedAt)))} so far`
}
