import type { RunRow } from '../../../api/types.ts'
import { count, money, nothing, short } from '../../format/numbers.ts'
import { duration, moment } from '../../format/times.ts'
import { Icon } from '../../parts/icon.tsx'
import { Status } from '../../parts/status.tsx'
import { lastList, linkTo, navigate } from '../../state/location.ts'
import type { FilterKey } from '../../state/query.ts'
import type { RunList } from '../../state/route.ts'

interface RunRowOptions {
  readonly row: RunRow
  readonly index: number
  readonly list: RunList
  readonly top: { readonly transform: string; readonly height: string }
  readonly isFresh: boolean
  readonly isChosen: boolean
}

export function RunRowView({ row, index, list, top, isFresh, isChosen }: RunRowOptions) {
  const link = linkTo({ view: 'run', workflow: row.workflow_id, tab: '', span: null, list: lastList.peek() })
  const classes = ['runs-row', isFresh && 'fresh', isChosen && 'chosen'].filter(Boolean).join(' ')
  return (
    <div role="row" aria-rowindex={index + 2} class={classes} style={top} data-workflow={row.workflow_id}>
      <span role="cell" class="cell-status">
        <Value list={list} by="status" value={row.status}>
          <Status status={row.status} />
        </Value>
      </span>
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
      <span role="cell" class="cell-user">
        <Value list={list} by="user" value={row.user} />
        <Value list={list} by="session" value={row.session_id} second />
      </span>
      <span role="cell" class="cell-model">
        <Value list={list} by="model" value={row.model_used} />
        <Value list={list} by="mode" value={row.mode ?? row.provider} as={row.mode ? 'mode' : 'provider'} second />
      </span>
      <span role="cell" class="cell-started muted" title={row.started_at}>
        {moment(row.started_at)}
      </span>
      <span role="cell" class="number cell-duration">
        {row.duration_ms === null && row.status === 'RUNNING' ? (
          <span class="muted">running</span>
        ) : (
          duration(row.duration_ms)
        )}
      </span>
      <span
        role="cell"
        class="number cell-tokens"
        title={`${count(row.prompt_tokens)} in, ${count(row.completion_tokens)} out`}
      >
        {row.total_tokens === 0 ? <span class="muted">{nothing}</span> : short(row.total_tokens)}
      </span>
      <span role="cell" class="number cell-cost">
        <Cost row={row} />
      </span>
      <span role="cell" class="number cell-tools" title={`${row.agents_used} agents`}>
        {row.tools_invoked === 0 ? <span class="muted">{nothing}</span> : count(row.tools_invoked)}
      </span>
    </div>
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
  readonly children?: preact.ComponentChildren
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
