import type { ComponentChildren } from 'preact'
import { linkTo } from '../state/location.ts'
import type { Route } from '../state/route.ts'
import { TableScroll } from './table-scroll.tsx'

/** A column of a table of sums. */
export interface SumColumn<Row> {
  readonly name: string
  readonly value: (row: Row) => ComponentChildren
  /** Of all rows; absent where a total says nothing. */
  readonly total?: ComponentChildren
  /** `number` where it is absent. A bar is for the eye alone: the number beside it says the same. */
  readonly kind?: 'number' | 'text' | 'wide' | 'bar'
  readonly title?: (row: Row) => string | undefined
  readonly muted?: boolean
}

interface SumTableOptions<Row> {
  /** What the rows are, for the head of their names. */
  readonly name: string
  readonly rows: readonly Row[]
  readonly columns: readonly SumColumn<Row>[]
  readonly keyOf: (row: Row) => string
  /** The name of a row, where it is more than its key. */
  readonly nameOf?: (row: Row) => ComponentChildren
  /** Where the rows are that a row is a sum of; null where that is not known. */
  readonly linkOf?: (row: Row) => Route | null
  /** Where the rows behind the totals are. */
  readonly totalLink?: Route
  readonly hasTotal?: boolean
}

/** Rows with their sums below them. The name and the numbers of a row open what they are sums of. */
export function SumTable<Row>(options: SumTableOptions<Row>) {
  const { name, rows, columns, keyOf, hasTotal = true } = options
  return (
    <TableScroll name={name}>
      <table class="data">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {columns.map((column) => (
              <th key={column.name} scope="col" class={classOf(column)}>
                {column.kind === 'bar' ? <span class="hidden">{column.name}</span> : column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={keyOf(row)} row={row} options={options} />
          ))}
        </tbody>
        {hasTotal && <Totals {...options} />}
      </table>
    </TableScroll>
  )
}

function classOf<Row>({ kind = 'number', muted }: SumColumn<Row>): string {
  const classes: Readonly<Record<typeof kind, string>> = { number: 'number', text: '', wide: 'wide', bar: 'bar-column' }
  return muted ? `${classes[kind]} muted` : classes[kind]
}

function Line<Row>({ row, options }: { readonly row: Row; readonly options: SumTableOptions<Row> }) {
  const { columns, keyOf, nameOf, linkOf } = options
  const route = linkOf?.(row) ?? null
  const link = route === null ? null : linkTo(route)
  return (
    <tr>
      <th scope="row" class="key">
        {nameOf ? nameOf(row) : link ? <a {...link}>{keyOf(row)}</a> : keyOf(row)}
      </th>
      {columns.map((column) => {
        const { kind = 'number', value, title } = column
        return (
          <td key={column.name} class={classOf(column)} title={title?.(row)} aria-hidden={kind === 'bar' || undefined}>
            {link && (kind === 'number' || kind === 'bar') ? (
              <a class="plain" tabIndex={-1} {...link}>
                {value(row)}
              </a>
            ) : (
              value(row)
            )}
          </td>
        )
      })}
    </tr>
  )
}

function Totals<Row>({ columns, totalLink }: SumTableOptions<Row>) {
  const link = totalLink && linkTo(totalLink)
  return (
    <tfoot>
      <tr>
        <th scope="row">Total</th>
        {columns.map((column) => (
          <td key={column.name} class={classOf(column)}>
            {link && column.total !== undefined ? (
              <a class="plain" tabIndex={-1} {...link}>
                {column.total}
              </a>
            ) : (
              column.total
            )}
          </td>
        ))}
      </tr>
    </tfoot>
  )
}

/** A part of the largest value, as a bar. */
export function ShareBar({ part }: { readonly part: number }) {
  return <span class="share">{part > 0 && <span class="share-bar" style={{ width: `${part * 100}%` }} />}</span>
}
