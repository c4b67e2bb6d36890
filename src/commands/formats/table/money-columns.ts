import { exactUsd } from '../../../columns.ts'
import type { Column, JsonValue } from './column.ts'
import { moneyText } from './human-texts.ts'

/** The columns of what something costs on two sides, and of the difference: exact dollars for programs. */
export function comparedCosts<Row>(
  names: {
    readonly before: readonly [name: string, head: string]
    readonly after: readonly [name: string, head: string]
  },
  costs: (row: Row) => { readonly before: bigint; readonly after: bigint },
): readonly Column<Row>[] {
  const difference = (row: Row) => costs(row).after - costs(row).before
  return [
    moneyColumn(names.before, (row) => costs(row).before),
    moneyColumn(names.after, (row) => costs(row).after),
    {
      name: 'difference_usd',
      head: 'DIFFERENCE',
      align: 'right',
      value: (row): JsonValue => signedUsd(difference(row)),
      text: (row) => `${difference(row) > 0n ? '+' : ''}${moneyText(difference(row))}`,
      tone: (row) => (difference(row) > 0n ? 'bad' : difference(row) < 0n ? 'good' : undefined),
    },
  ]
}

function moneyColumn<Row>([name, head]: readonly [string, string], nano: (row: Row) => bigint): Column<Row> {
  return { name, head, align: 'right', value: (row) => exactUsd(nano(row)), text: (row) => moneyText(nano(row)) }
}

function signedUsd(nano: bigint): string {
  return nano < 0n ? `-${exactUsd(-nano)}` : exactUsd(nano)
}
