import { useEffect, useRef } from 'preact/hooks'
import { address, tokenGiven } from '../../api/client.ts'
import { retryMs } from '../../api/use-answer.ts'
import { moment } from '../../format/times.ts'
import { CsvButton } from '../../parts/csv-button.tsx'
import { ErrorNote, Nothing, Waiting } from '../../parts/notes.tsx'
import { SqlButton } from '../../parts/sql-button.tsx'
import { onRunChanges, reconnects } from '../../state/live.ts'
import { lastList, linkTo, navigate } from '../../state/location.ts'
import { meta, readMeta } from '../../state/meta.ts'
import { firstList, type RunList } from '../../state/route.ts'
import { ColumnChoice } from './column-choice.tsx'
import { Empty } from './empty.tsx'
import { FilterBar } from './filter-bar.tsx'
import { parametersOf, type RunPages, runPagesOf } from './run-pages.ts'
import { RunTable } from './run-table.tsx'

/** Before all runs. */
const firstDay = '2000-01-01'

export function RunsView({ list }: { readonly list: RunList }) {
  const pages = runPagesOf(list)
  const scroller = useRef<HTMLDivElement>(null)
  lastList.value = list
  const given = tokenGiven.value
  const isAtTop = () => (scroller.current?.scrollTop ?? 0) < 4
  useEffect(() => {
    void pages.start()
    return onRunChanges((changes) => {
      if (meta.peek()?.has_runs === false) void readMeta()
      pages.take(changes, isAtTop())
    })
  }, [pages, given])
  const isFailing = pages.first.value === null && pages.error.value?.isTransient === true
  useEffect(() => {
    if (!isFailing) return
    const timer = setInterval(() => void pages.start(), retryMs)
    return () => clearInterval(timer)
  }, [pages, isFailing])
  const reconnected = reconnects.value
  useEffect(() => {
    if (reconnected > 0) void pages.catchUp(isAtTop())
  }, [reconnected])
  const isEmpty = meta.value?.has_runs === false && pages.rows.value.length === 0
  if (isEmpty) return <Empty meta={meta.value!} />
  return (
    <>
      <header class="runs-head">
        <h1 class="hidden">Runs</h1>
        <FilterBar list={list} />
        <div class="row runs-tools">
          <Count pages={pages} />
          <Bound pages={pages} list={list} />
          <span class="space" />
          <ColumnChoice list={list} />
          {pages.first.value && <SqlButton sql={pages.first.value.sql} of="these runs" />}
          <CsvButton url={address('/api/runs.csv', parametersOf(list))} name="runs.csv" />
        </div>
      </header>
      <Body pages={pages} list={list} scroller={scroller} />
    </>
  )
}

interface BodyOptions {
  readonly pages: RunPages
  readonly list: RunList
  readonly scroller: { current: HTMLDivElement | null }
}

function Body({ pages, list, scroller }: BodyOptions) {
  if (pages.error.value !== null && pages.rows.value.length === 0)
    return <ErrorNote error={pages.error.value} retry={() => pages.start()} />
  if (pages.first.value === null) return <Waiting />
  if (pages.rows.value.length === 0)
    return (
      <Nothing title="No run matches">
        <button type="button" class="button" onClick={() => navigate({ view: 'runs', list: firstList })}>
          Remove all filters
        </button>
      </Nothing>
    )
  return <RunTable pages={pages} list={list} scroller={scroller} />
}

function Count({ pages }: { readonly pages: RunPages }) {
  const first = pages.first.value
  if (first === null) return null
  const number = Math.max(
    first.count,
    pages.next.value === null && pages.previous.value === null ? pages.rows.value.length : 0,
  )
  return (
    <span class="muted" role="status">
      {number.toLocaleString('en-US')}
      {first.count_is_least && '+'} {number === 1 ? 'run' : 'runs'}
    </span>
  )
}

/** Says that a sorted list has the newest runs alone, and offers all. */
function Bound({ pages, list }: { readonly pages: RunPages; readonly list: RunList }) {
  const since = pages.first.value?.bounded_since ?? null
  if (since === null) return null
  return (
    <span class="muted">
      of the newest, since {moment(since)}{' '}
      <a
        title="Sorts all runs, which may take a while"
        {...linkTo({
          view: 'runs',
          list: { ...list, after: null, before: null, filter: { ...list.filter, since: firstDay } },
        })}
      >
        All
      </a>
    </span>
  )
}
