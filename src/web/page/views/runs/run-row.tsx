import { type ComponentChildren, Fragment } from 'preact'
import type { RunRow } from '../../../../queries/rows/run-rows.ts'
import { count, money, nothing, short } from '../../format/numbers.ts'
import { duration, moment } from '../../format/times.ts'
import { Icon } from '../../parts/icon.tsx'
import { Status } from '../../parts/status.tsx'
import type { Column } from '../../state/columns.ts'
import { lastList, linkTo, navigate } from '../../state/location.ts'
import type { FilterKey } from '../../state/query.ts'
import type { RunList } from '../../state/route.ts'
import { withRun } from './run-columns.ts'

interface RunRowOptions {
  readonly row: RunRow
  readonly index: number
  readonly list: RunList
  readonly columns: readonly Column[]
  readonly top: { readonly transform: string; readonly height: string }
  readonly isFresh: boolean
  readonly isChosen: boolean
}

export function RunRowView({ row, index, list, columns, top, isFresh, isChosen }: RunRowOptions) {
  const classes = ['runs-row', isFresh && 'fresh', isChosen && 'chosen'].filter(Boolean).join(' ')
  const cells = columns.map((column) => <Fragment key={column}>{cellOf[column](row, list)}</Fragment>)
  return (
    <div role="row" aria-rowindex={index + 2} class={classes} style={top} data-workflow={row.workflow_id}>
      {withRun(columns, cells, <RunCell key="run" row={row} />)}
    </div>
  )
}

function RunCell({ row }: { readonly row: RunRow }) {
  const link = linkTo({ view: 'run', workflow: row.workflow_id, tab: '', span: null, list: lastList.peek() })
  return (
    <span role="cell" class="cell-run">
      <a id={`run-${row.id}`} class="run-link clip" {...link}>
        {row.query.trim() || <span class="muted">No question recorded</span>}
      </a>
      <span class="second clip">
        {row.error_message !== null && row.status === 'FAILED' ? (
          <span class="error-text">{row.error_message}</span>
        ) : (
          <span class="mono">{row.workflow_id}</span>
        )}
      </span>
    </span>
  )
}

const cellOf: Readonly<Record<Column, (row: RunRow, list: RunList) => ComponentChildren>> = {
  status: ({ status }, list) => (
    <span role="cell" class="cell-status">
      <Value list={list} by="status" value={status}>
        <Status status={status} />
      </Value>
    </span>
  ),
  user: ({ user, session_id }, list) => (
    <span role="cell" class="cell-user">
      <Value list={list} by="user" value={user} />
      <Value list={list} by="session" value={session_id} second />
    </span>
  ),
  model: ({ model_used, mode, provider }, list) => (
    <span role="cell" class="cell-model">
      <Value list={list} by="model" value={model_used} />
      <Value list={list} by="mode" value={mode ?? provider} as={mode ? 'mode' : 'provider'} second />
    </span>
  ),
  started: ({ started_at }) => (
    <span role="cell" class="cell-started muted" title={started_at}>
      {moment(started_at)}
    </span>
  ),
  duration: ({ duration_ms, status }) => (
    <span role="cell" class="number cell-duration">
      {duration_ms === null && status === 'RUNNING' ? <span class="muted">running</span> : duration(duration_ms)}
    </span>
  ),
  input: ({ prompt_tokens }) => <NumberCell column="input" value={prompt_tokens} />,
  output: ({ completion_tokens }) => <NumberCell column="output" value={completion_tokens} />,
  tokens: ({ total_tokens, prompt_tokens, completion_tokens }) => (
    <NumberCell
      column="tokens"
      value={total_tokens}
      title={`${count(prompt_tokens)} in, ${count(completion_tokens)} out`}
    />
  ),
  cost: (row) => (
    <span role="cell" class="number cell-cost">
      <Cost row={row} />
    </span>
  ),
  tools: ({ tools_invoked, agents_used }) => (
    <NumberCell column="tools" value={tools_invoked} title={`${agents_used} agents`} />
  ),
  agents: ({ agents_used }) => <NumberCell column="agents" value={agents_used} />,
}

interface NumberCellOptions {
  readonly column: Column
  readonly value: number
  readonly title?: string
}

function NumberCell({ column, value, title }: NumberCellOptions) {
  return (
    <span role="cell" class={`number cell-${column}`} title={title}>
      {value === 0 ? <span class="muted">{nothing}</span> : short(value)}
    </span>
  )
}

function Cost({ row }: { readonly row: RunRow }) {
  const missing = row.unpriced_calls + row.uncounted_calls
  if (missing === 0)
    return row.cost_nano_usd === '0' ? <span class="muted">{nothing}</span> : <span>{money(row.cost_nano_usd)}</span>
  const why = `${missing} ${missing === 1 ? 'call is' : 'calls are'} not in this cost: no price or no usage is known`
  return (
    <span class="incomplete" title={why}>
      <Icon name="warn" />
      <span class="hidden">{why}: </span>
      {money(row.cost_nano_usd)}
    </span>
  )
}

interface ValueOptions {
  readonly list: RunList
  readonly by: FilterKey
  readonly as?: FilterKey
  readonly value: string | null
  readonly second?: boolean
  readonly children?: ComponentChildren
}

/** A value that filters the list when it is clicked. */
function Value({ list, by, as = by, value, second, children }: ValueOptions) {
  if (value === null || value === '') return second ? null : <span class="muted">{nothing}</span>
  const filter = { ...list.filter, [as]: value }
  return (
    <button
      type="button"
      class={second ? 'link clip second' : 'link clip'}
      title={`Only ${as} ${value}`}
      onClick={() => navigate({ view: 'runs', list: { ...list, filter, after: null, before: null } })}
    >
      {children ?? value}
    </button>
  )
}
