import { type ComponentChildren, Fragment } from 'preact'
import type { RunRow } from '../../../../queries/rows/run-rows.ts'
import { count, money, nothing, short } from '../../format/numbers.ts'
import { duration, moment } from '../../format/times.ts'
import { Icon } from '../../parts/icon.tsx'
import { StatusTag } from '../../parts/status.tsx'
import type { RunColumn } from '../../state/columns.ts'
import { lastList, linkTo, navigate } from '../../state/location.ts'
import type { FilterKey } from '../../state/query.ts'
import type { Route, RunList } from '../../state/route.ts'
import { withRun } from './run-columns.ts'

interface RunRowOptions {
  readonly row: RunRow
  readonly index: number
  readonly list: RunList
  readonly columns: readonly RunColumn[]
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
  const link = linkTo(routeTo(row, ''))
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

const cellOf: Readonly<Record<RunColumn, (row: RunRow, list: RunList) => ComponentChildren>> = {
  status: ({ status }, list) => (
    <span role="cell" class="cell-status">
      <Value list={list} by="status" value={status}>
        <StatusTag status={status} />
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
  input: (row) => <NumberCell row={row} column="input" value={row.prompt_tokens} tab="calls" />,
  output: (row) => <NumberCell row={row} column="output" value={row.completion_tokens} tab="calls" />,
  tokens: (row) => (
    <NumberCell
      row={row}
      column="tokens"
      value={row.total_tokens}
      tab="calls"
      title={`${count(row.prompt_tokens)} in, ${count(row.completion_tokens)} out`}
    />
  ),
  cost: (row) => (
    <span role="cell" class="number cell-cost">
      <a class="plain" tabIndex={-1} {...linkTo(routeTo(row, 'calls'))}>
        <Cost row={row} />
      </a>
    </span>
  ),
  tools: (row) => (
    <NumberCell row={row} column="tools" value={row.tools_invoked} tab="" title={`${row.agents_used} agents`} />
  ),
  agents: (row) => <NumberCell row={row} column="agents" value={row.agents_used} tab="" />,
}

/** A tab of a run, from which one comes back to this list. */
function routeTo({ workflow_id: workflow }: RunRow, tab: string): Route {
  return { view: 'run', workflow, tab, span: null, list: lastList.peek() }
}

interface NumberCellOptions {
  readonly row: RunRow
  /** Of the run: where the rows are that the number counts. */
  readonly tab: string
  readonly column: RunColumn
  readonly value: number
  readonly title?: string
}

function NumberCell({ row, tab, column, value, title }: NumberCellOptions) {
  return (
    <span role="cell" class={`number cell-${column}`} title={title}>
      {value === 0 ? (
        <span class="muted">{nothing}</span>
      ) : (
        <a class="plain" tabIndex={-1} {...linkTo(routeTo(row, tab))}>
          {short(value)}
        </a>
      )}
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
