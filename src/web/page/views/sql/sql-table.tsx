import { useRef } from 'preact/hooks'
import type { SqlAnswer } from '../../../answers/sql.ts'
import { useVirtualRows } from '../../parts/virtual-rows.ts'
import { linkTo } from '../../state/location.ts'
import { firstList } from '../../state/route.ts'

const rowHeight = 30
/** The heads, and a scroll bar below. */
const aroundRows = 50
const isNumber = /^(int|numeric|float|real|double|big|small)/

export function SqlTable({ answer: { columns, rows } }: { readonly answer: SqlAnswer }) {
  const scroller = useRef<HTMLDivElement>(null)
  const { items, height } = useVirtualRows(scroller, rows.length, rowHeight)
  const widths = columns.map(({ name }, column) =>
    widthOf(
      name,
      rows.slice(0, 60).map((row) => row[column] ?? ''),
    ),
  )
  // what is left over in a wide window is behind the last column, so that values stay near each other
  const tracks = [...widths.map((width) => `${width}ch`), 'minmax(0, 1fr)']
  const template = { gridTemplateColumns: tracks.join(' ') }
  const classOf = (column: number) => (isNumber.test(columns[column]!.type) ? 'number clip' : 'clip')
  return (
    <div
      class="scroller sql-rows"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label="Rows of the answer"
      style={{ maxHeight: `${height + aroundRows}px` }}
    >
      <div role="table" aria-label="Answer" aria-rowcount={rows.length + 1} class="sql-table">
        <div role="row" aria-rowindex={1} class="sql-row heads" style={template}>
          {columns.map(({ name, type }, column) => (
            <span key={name} role="columnheader" class={classOf(column)} title={type}>
              {name}
            </span>
          ))}
        </div>
        <div role="rowgroup" style={{ height: `${height}px`, position: 'relative' }}>
          {items.map(({ index, start }) => (
            <div
              key={index}
              role="row"
              aria-rowindex={index + 2}
              class="sql-row"
              style={{ ...template, transform: `translateY(${start}px)`, height: `${rowHeight}px` }}
            >
              {columns.map(({ name }, column) => (
                <span key={name} role="cell" class={classOf(column)} title={rows[index]![column] ?? 'null'}>
                  <Cell name={name} value={rows[index]![column] ?? null} />
                </span>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}

function Cell({ name, value }: { readonly name: string; readonly value: string | null }) {
  if (value === null) return <span class="muted">null</span>
  if (name !== 'workflow_id') return <>{value}</>
  return <a {...linkTo({ view: 'run', workflow: value, tab: '', span: null, list: firstList })}>{value}</a>
}

/** In characters: what the longest of the first rows takes, within bounds. */
function widthOf(name: string, values: readonly string[]): number {
  const longest = values.reduce((most, value) => Math.max(most, value.length), name.length)
  return Math.min(44, Math.max(8, longest + 2))
}
