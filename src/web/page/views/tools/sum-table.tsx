import type { ComponentChildren } from 'preact'
import { linkTo } from '../../state/location.ts'
import type { Route } from '../../state/route.ts'

export interface Column<Row> {
  readonly name: string
  readonly value: (row: Row) => ComponentChildren
  /** Of all rows; absent where a total says nothing. */
  readonly total?: string
  /** A column of text. */
  readonly wide?: boolean
}

interface SumTableOptions<Row> {
  readonly name: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string
  readonly linkOf: (row: Row) => Route
}

/** Rows with their sums below them; the name of a row opens what it is a sum of. */
export function SumTable<Row>({ name, rows, columns, keyOf, linkOf }: SumTableOptions<Row>) {
  return (
    <div class="table-scroll">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {columns.map((column) => (
              <th key={column.name} scope="col" class={column.wide ? '' : 'number'}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              <th scope="row" class="key">
                <a {...linkTo(linkOf(row))}>{keyOf(row)}</a>
              </th>
              {columns.map((column) => (
                <td key={column.name} class={column.wide ? 'wide' : 'number'}>
                  {column.value(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            {columns.map((column) => (
              <td key={column.name} class={column.wide ? '' : 'number'}>
                {column.total}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </div>
  )
}
