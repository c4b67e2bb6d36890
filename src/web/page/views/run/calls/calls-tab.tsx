import type { AgentRunRow, CallRow, CallSums, ModelSums } from '../../../../../queries/rows/call-rows.ts'
import type { RunAnswer } from '../../../../answers/run.ts'
import { rowsOf } from '../../../api/columnar.ts'
import { count, exactMoney, nothing, sumMoney } from '../../../format/numbers.ts'
import { duration, moment } from '../../../format/times.ts'
import { Nothing } from '../../../parts/notes.tsx'
import { type SumColumn, SumTable } from '../../../parts/sum-table.tsx'
import { linkTo } from '../../../state/location.ts'
import type { Route, RunRoute } from '../../../state/route.ts'
import type { SpanTree } from '../timeline/span-tree.ts'
import { partName } from './cost-parts.ts'

interface CallsTabOptions {
  readonly run: RunAnswer
  readonly route: RunRoute
  /** null until they are known. */
  readonly spans: SpanTree | null
}

/** What the run cost: by model, and by call and part. Each total is the sum of the rows above it. */
export function CallsTab({ run, route, spans }: CallsTabOptions) {
  const calls = rowsOf(run.calls)
  if (calls.length === 0)
    return <Nothing title="No model call counted">Nothing in this run reports what a model used.</Nothing>
  return (
    <div class="page-scroll">
      <section class="card">
        <header class="card-head">
          <h2>By model</h2>
        </header>
        <ModelTable rows={run.by_model} total={run.sums} />
      </section>
      <section class="card">
        <header class="card-head">
          <h2>By call</h2>
          <span class="muted">To the last digit, as the ledger has it</span>
        </header>
        <CallTable {...{ calls, run, route, spans }} />
        {run.calls_more && (
          <p class="muted pad">
            The first {count(calls.length)} of {count(run.sums.calls)} calls are shown.
          </p>
        )}
      </section>
      {run.agents.length > 0 && <AgentRuns agents={run.agents} />}
    </div>
  )
}

const columns: readonly (readonly [string, (sums: CallSums) => string])[] = [
  ['Calls', ({ calls }) => count(calls)],
  ['Input', (sums) => count(sums.prompt_tokens - sums.cache_read_tokens - sums.cache_creation_tokens)],
  ['Cached', ({ cache_read_tokens }) => count(cache_read_tokens)],
  ['Written', ({ cache_creation_tokens }) => count(cache_creation_tokens)],
  ['Output', (sums) => count(sums.completion_tokens - sums.reasoning_tokens)],
  ['Reasoning', ({ reasoning_tokens }) => count(reasoning_tokens)],
  ['Tokens', ({ total_tokens }) => count(total_tokens)],
  ['Searches', ({ web_searches }) => count(web_searches)],
  ['Cost', ({ cost_nano_usd }) => exactMoney(cost_nano_usd)],
]

function ModelTable({ rows, total }: { readonly rows: readonly ModelSums[]; readonly total: CallSums }) {
  const shown = columns.filter(([name]) => name !== 'Searches' || total.web_searches > 0)
  return (
    <SumTable
      name="Model"
      rows={rows}
      keyOf={({ provider, model }) => `${provider} ${model}`}
      nameOf={(row) => (
        <>
          {row.model} <span class="muted">{row.provider}</span>
          {row.unpriced_calls > 0 && <span class="tag warn">{row.unpriced_calls} unpriced</span>}
        </>
      )}
      columns={shown.map(([name, value]) => ({ name, value, total: value(total) }))}
    />
  )
}

function AgentRuns({ agents }: { readonly agents: readonly AgentRunRow[] }) {
  return (
    <section class="card">
      <header class="card-head">
        <h2>Agents</h2>
        <span class="muted">What each used itself</span>
      </header>
      <SumTable
        name="Agent"
        rows={agents}
        keyOf={({ id }) => id}
        nameOf={({ agent }) => agent}
        hasTotal={false}
        columns={[
          { name: 'State', kind: 'text', value: ({ state }) => state?.toLowerCase() ?? nothing },
          { name: 'Started', kind: 'text', value: ({ started_at }) => moment(started_at) },
          { name: 'Took', value: ({ duration_ms }) => duration(duration_ms) },
          { name: 'Tokens', value: ({ tokens_used }) => count(tokens_used) },
          { name: 'Error', kind: 'wide', value: ({ error }) => error ?? '' },
        ]}
      />
    </section>
  )
}

interface CallTableOptions extends CallsTabOptions {
  readonly calls: readonly CallRow[]
}

function CallTable({ calls, run, route, spans }: CallTableOptions) {
  const { sums, calls_more, cost_parts: parts } = run
  const linkOf = ({ id }: Pick<CallRow, 'id'>) => {
    const span = spans?.idOfCall(id) ?? null
    return span === null ? null : { ...route, tab: '', span }
  }
  const partColumns = parts.map(
    (part): SumColumn<CallRow> => ({
      name: partName(part),
      muted: true,
      value: ({ cost_parts }) => (cost_parts?.[part] === undefined ? nothing : exactMoney(cost_parts[part])),
      total: exactMoney(sumMoney(calls.map(({ cost_parts }) => cost_parts?.[part] ?? '0'))),
    }),
  )
  return (
    <SumTable
      name="Model"
      rows={calls}
      keyOf={({ id }) => id}
      linkOf={linkOf}
      nameOf={({ id, model, error }) => (
        <>
          <CallName model={model} link={linkOf({ id })} />
          {error !== null && (
            <span class="tag failed" title={error}>
              failed
            </span>
          )}
        </>
      )}
      hasTotal={!calls_more}
      columns={[
        { name: 'Agent', kind: 'text', value: ({ agent }) => agent ?? nothing },
        { name: 'Tier', kind: 'text', value: ({ service_tier }) => service_tier ?? nothing },
        { name: 'Took', value: ({ duration_ms }) => duration(duration_ms) },
        { name: 'Tokens', value: ({ total_tokens }) => count(total_tokens), total: count(sums.total_tokens) },
        ...partColumns,
        {
          name: 'Cost',
          value: ({ unpriced, cost_nano_usd }) =>
            unpriced ? <span class="tag warn">unpriced</span> : exactMoney(cost_nano_usd),
          total: exactMoney(sums.cost_nano_usd),
        },
      ]}
    />
  )
}

function CallName({ model, link }: { readonly model: string; readonly link: Route | null }) {
  return link === null ? <span>{model}</span> : <a {...linkTo(link)}>{model}</a>
}
