import type { AgentReportRow, ToolReportRow } from '../../../../queries/rows/report-rows.ts'
import type { AgentsAnswer, ToolsAnswer } from '../../../answers/tools.ts'
import { address } from '../../api/client.ts'
import { rowsOf } from '../../api/columnar.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { moneyColumn } from '../../format/money-column.ts'
import { count, exactMoney, nothing, share } from '../../format/numbers.ts'
import { reportRangeOf, timesOfRange } from '../../format/ranges.ts'
import { ago, duration } from '../../format/times.ts'
import { CsvButton } from '../../parts/csv-button.tsx'
import { Nothing, WithAnswer } from '../../parts/notes.tsx'
import { RangeBar } from '../../parts/range-bar.tsx'
import { SqlButton } from '../../parts/sql-button.tsx'
import { type SumColumn, SumTable } from '../../parts/sum-table.tsx'
import { linkTo, navigate } from '../../state/location.ts'
import { firstList, type Route, runsIn } from '../../state/route.ts'

export function ToolsView({ settings }: { readonly settings: Readonly<Record<string, string>> }) {
  const range = reportRangeOf(settings)
  const times = timesOfRange(range)
  const tools = useAnswer<ToolsAnswer>(address('/api/tools', times), { everyMs: 15_000 })
  const agents = useAnswer<AgentsAnswer>(address('/api/agents', times), { everyMs: 15_000 })
  const change = (next: Readonly<Record<string, string | undefined>>) => {
    const given = Object.entries(next).filter((entry): entry is [string, string] => entry[1] !== undefined)
    navigate({ view: 'tools', settings: Object.fromEntries(given) })
  }
  return (
    <div class="page-scroll">
      <header class="page-head">
        <h1>Tools and agents</h1>
        <RangeBar range={range} onRange={change} />
      </header>
      <section class="card" aria-labelledby="tools">
        <header class="card-head">
          <h2 id="tools">Tools</h2>
          <span class="space" />
          {tools.value && <SqlButton sql={tools.value.sql} of="the tools" />}
          <CsvButton url={address('/api/tools.csv', times)} name="tools.csv" />
        </header>
        <WithAnswer answer={tools}>{(known) => <ToolTable tools={known} />}</WithAnswer>
      </section>
      <section class="card" aria-labelledby="agents">
        <header class="card-head">
          <h2 id="agents">Agents</h2>
          <span class="space" />
          {agents.value && <SqlButton sql={agents.value.sql} of="the agents" />}
          <CsvButton url={address('/api/agents.csv', times)} name="agents.csv" />
        </header>
        <WithAnswer answer={agents}>{(known) => <AgentTable agents={known} />}</WithAnswer>
      </section>
    </div>
  )
}

/** A part of a whole as a bar, red where it falls short. */
function Success({ good, bad }: { readonly good: number; readonly bad: number }) {
  if (good + bad === 0) return <span class="muted">{nothing}</span>
  return (
    <span class="success">
      <span class="success-bar" aria-hidden="true">
        <span style={{ width: `${(good / Math.max(1, good + bad)) * 100}%` }} />
      </span>
      <span class="success-share">{share(good, good + bad)}</span>
    </span>
  )
}

/** A count of what is rare: none is not worth a look. */
function some(value: number) {
  return value === 0 ? <span class="muted">{nothing}</span> : count(value)
}

interface LastError {
  readonly last_error: string | null
  readonly last_failed_at: string | null
  readonly last_failed_workflow_id: string | null
}

function LastErrorCell({ last_error, last_failed_at, last_failed_workflow_id }: LastError) {
  if (last_failed_at === null) return <span class="muted">none</span>
  const text = (
    <>
      <span class="clip2" title={last_error ?? undefined}>
        {last_error ?? 'failed'}
      </span>
      <span class="muted">{ago(last_failed_at)}</span>
    </>
  )
  if (last_failed_workflow_id === null) return text
  return (
    <a {...linkTo({ view: 'run', workflow: last_failed_workflow_id, tab: '', span: null, list: firstList })}>{text}</a>
  )
}

const times: readonly SumColumn<ToolReportRow | AgentReportRow>[] = [
  { name: 'p50', value: ({ p50_ms }) => duration(p50_ms) },
  { name: 'p95', value: ({ p95_ms }) => duration(p95_ms) },
  { name: 'p99', value: ({ p99_ms }) => duration(p99_ms) },
]

const lastError: SumColumn<ToolReportRow | AgentReportRow> = {
  name: 'Last error',
  kind: 'wide',
  value: (row) => <LastErrorCell {...row} />,
}

function ToolTable({ tools }: { readonly tools: ToolsAnswer }) {
  const rows = rowsOf(tools)
  if (rows.length === 0) return <Nothing title="No tool ran in this range" />
  const { totals, since, until } = tools
  const to = (tool: string): Route => ({ view: 'runs', list: { ...firstList, filter: { tool, since, until } } })
  const columns: readonly SumColumn<ToolReportRow>[] = [
    { name: 'Runs', value: ({ calls }) => count(calls), total: count(totals.calls) },
    {
      name: 'Success',
      value: ({ succeeded, failed }) => <Success good={succeeded} bad={failed} />,
      total: share(totals.succeeded, totals.succeeded + totals.failed),
    },
    { name: 'Failed', value: ({ failed }) => some(failed), total: count(totals.failed) },
    { name: 'Running', value: ({ running }) => some(running), total: count(totals.running) },
    ...times,
    lastError,
  ]
  return (
    <SumTable
      name="Tool"
      rows={rows}
      keyOf={({ tool }) => tool}
      linkOf={({ tool }) => to(tool)}
      totalLink={runsIn(tools)}
      columns={columns}
    />
  )
}

function AgentTable({ agents }: { readonly agents: AgentsAnswer }) {
  const rows = rowsOf(agents)
  if (rows.length === 0) return <Nothing title="No agent ran in this range" />
  const { totals, since, until } = agents
  const costs = moneyColumn(rows, ({ cost_nano_usd }) => cost_nano_usd)
  const to = (agent: string): Route => ({ view: 'runs', list: { ...firstList, filter: { agent, since, until } } })
  const columns: readonly SumColumn<AgentReportRow>[] = [
    { name: 'Runs', value: ({ runs }) => count(runs), total: count(totals.runs) },
    {
      name: 'Success',
      value: ({ completed, failed }) => <Success good={completed} bad={failed} />,
      total: share(totals.completed, totals.completed + totals.failed),
    },
    { name: 'Failed', value: ({ failed }) => some(failed), total: count(totals.failed) },
    { name: 'Running', value: ({ running }) => some(running), total: count(totals.running) },
    ...times,
    { name: 'Model calls', value: ({ calls }) => count(calls), total: count(totals.calls) },
    {
      name: 'Tokens',
      value: ({ prompt_tokens, completion_tokens }) => count(prompt_tokens + completion_tokens),
      total: count(totals.prompt_tokens + totals.completion_tokens),
    },
    {
      name: 'Cost',
      value: (row) => costs.textOf(row),
      title: ({ cost_nano_usd }) => exactMoney(cost_nano_usd),
      total: costs.total,
    },
    lastError,
  ]
  return (
    <SumTable
      name="Agent"
      rows={rows}
      keyOf={({ agent }) => agent}
      linkOf={({ agent }) => to(agent)}
      totalLink={runsIn(agents)}
      columns={columns}
    />
  )
}
