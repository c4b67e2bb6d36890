import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { Icon } from '../../parts/icon.tsx'
import { useVirtualRows } from '../../parts/virtual-rows.ts'
import type { RunColumn } from '../../state/columns.ts'
import { useKeys } from '../../state/keys.ts'
import { lastList, navigate } from '../../state/location.ts'
import { narrow, useMedia } from '../../state/media.ts'
import { printRoute, type RunList } from '../../state/route.ts'
import { columnForms, type ShownColumns, useColumns, withRun } from './run-columns.ts'
import type { RunPages } from './run-pages.ts'
import { RunRowView } from './run-row.tsx'

interface RunTableOptions {
  readonly pages: RunPages
  readonly list: RunList
  readonly scroller: { current: HTMLDivElement | null }
}

/** How near the end the last row in sight is when the next page is loaded. */
const ahead = 25

export function RunTable({ pages, list, scroller }: RunTableOptions) {
  const rows = pages.rows.value
  const rowHeight = useMedia(narrow) ? 92 : 54
  const { items, height, show } = useVirtualRows(scroller, rows.length, rowHeight)
  const [chosen, setChosen] = useState<string | null>(null)
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const shown = useColumns(list)
  const chosenColumns = shown.isChosen ? shown.columns : null
  usePages({ pages, scroller, rowHeight, first, last, columns: chosenColumns })
  const move = (step: number) => {
    const at = rows.findIndex(({ id }) => id === chosen)
    const index = Math.min(rows.length - 1, Math.max(0, at < 0 ? first : at + step))
    setChosen(rows[index]?.id ?? null)
    show(index)
    requestAnimationFrame(() => document.getElementById(`run-${rows[index]?.id}`)?.focus({ preventScroll: true }))
  }
  const open = () => {
    const row = rows.find(({ id }) => id === chosen)
    if (row) navigate({ view: 'run', workflow: row.workflow_id, tab: '', span: null, list: lastList.peek() })
  }
  useKeys({ j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: open })
  return (
    <div class="table-frame">
      <Waiting pages={pages} scroller={scroller} />
      <div class="scroller" ref={scroller} tabIndex={0} role="region" aria-label="List of runs">
        <div
          class="runs"
          style={shown.style}
          role="table"
          aria-label="Runs"
          aria-rowcount={pages.next.value === null ? rows.length + 1 : -1}
        >
          <Heads list={list} columns={shown.columns} />
          <div role="rowgroup" style={{ height: `${height}px`, position: 'relative' }}>
            {items.map(({ index, start }) => {
              const row = rows[index]
              if (row === undefined) return null
              const isFresh = pages.fresh.value.has(row.id)
              const top = { transform: `translateY(${start}px)`, height: `${rowHeight}px` }
              return (
                <RunRowView
                  key={row.id}
                  {...{ row, index, list, top, isFresh }}
                  columns={shown.columns}
                  isChosen={row.id === chosen}
                />
              )
            })}
          </div>
        </div>
      </div>
    </div>
  )
}

interface HeadsOptions {
  readonly list: RunList
  readonly columns: ShownColumns['columns']
}

function Heads({ list, columns }: HeadsOptions) {
  const heads = columns.map((column) => <Head key={column} column={column} list={list} />)
  const run = (
    <span key="run" role="columnheader">
      Run
    </span>
  )
  return (
    <div role="rowgroup" class="runs-heads">
      <div role="row" aria-rowindex={1} class="runs-row heads">
        {withRun(columns, heads, run)}
      </div>
    </div>
  )
}

function Head({ column, list }: { readonly column: RunColumn; readonly list: RunList }) {
  const { name, sort, end } = columnForms[column]
  const isSorted = sort === list.sort
  const order = isSorted && list.order === 'desc' ? 'asc' : 'desc'
  const sorted = isSorted ? (list.order === 'desc' ? 'descending' : 'ascending') : undefined
  return (
    <span role="columnheader" aria-sort={sorted} class={end ? 'number' : ''}>
      {sort === undefined ? (
        name
      ) : (
        <button
          type="button"
          class="link"
          onClick={() => navigate({ view: 'runs', list: { ...list, sort, order, after: null, before: null } })}
        >
          {name}
          {isSorted && <Icon name={list.order === 'desc' ? 'down' : 'up'} />}
        </button>
      )}
    </span>
  )
}

function Waiting({ pages, scroller }: Omit<RunTableOptions, 'list'>) {
  const { length } = pages.waiting.value
  if (length === 0) return null
  return (
    <button
      type="button"
      class="new-pill"
      onClick={() => {
        if (pages.previous.value === null) pages.showWaiting()
        else void pages.reload()
        scroller.current?.scrollTo({ top: 0 })
      }}
    >
      <Icon name="up" />
      {length.toLocaleString('en-US')} new
    </button>
  )
}

interface PagesInSight {
  readonly pages: RunPages
  readonly scroller: { current: HTMLDivElement | null }
  readonly rowHeight: number
  readonly first: number
  readonly last: number
  /** For the URL. */
  readonly columns: readonly RunColumn[] | null
}

/** Loads pages at both ends, keeps what is looked at in its place, and the page in the URL. */
function usePages({ pages, scroller, rowHeight, first, last, columns }: PagesInSight): void {
  const rows = pages.rows.value
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: pages.scrollTop })
    return () => {
      pages.scrollTop = scroller.current?.scrollTop ?? 0
    }
  }, [pages, scroller])
  useEffect(() => {
    pages.scrollTop = scroller.current?.scrollTop ?? 0
    if (last >= rows.length - ahead) void pages.loadNext()
    if (first >= ahead) return
    void pages.loadPrevious().then((added) => {
      scroller.current?.scrollBy({ top: added * rowHeight })
    })
  }, [pages, scroller, rows.length, first, last, rowHeight])
  const top = rows[Math.min(rows.length - 1, first + 6)]?.id
  useEffect(() => {
    const after = top === undefined ? null : pages.cursorOf(top)
    const list = { ...pages.list, after, before: null, columns }
    lastList.value = list
    window.history.replaceState(null, '', printRoute({ view: 'runs', list }))
  }, [pages, top, columns?.join()])
}
