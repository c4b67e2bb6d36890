import { Misconfigured } from '../../errors.ts'
import { quoted } from '../search-path.ts'
import { addMonths, boundOf, type Month, monthsBetween, partitionName } from './months.ts'
import type { PartitionedTable } from './partitioned-tables.ts'
import type { IndexLayout, TableLayout, UniqueIndex } from './table-layout.ts'

/** How a table becomes partitioned. */
export interface Conversion {
  /**
   * Statements that leave readers and writers alone, each of which is run by itself. What an earlier attempt has done is
   * not among them.
   */
  readonly preparation: readonly string[]
  /** Statements of one transaction, which takes milliseconds, however long the table is. */
  readonly exchange: readonly string[]
}

/** What a conversion is planned with. */
export interface ConversionOptions {
  readonly layout: TableLayout
  /** The first month that gets a partition of its own. */
  readonly end: Month
  /** The month after the last that gets one. */
  readonly future: Month
  /** Whether indexes are built while others write, which a transaction can't do. */
  readonly concurrently: boolean
}

/** The name of the check that keeps rows of later months out of the old table until it is a partition. */
export const boundConstraint = 'spanledger_partition_bound'

const suffixOfNewIndex = '_by_month'

/**
 * Plans the conversion of a table: the table itself becomes the partition of all months before `end`, and months from
 * `end` on get partitions of their own, up to the month before `future`. Throws `Misconfigured` where the table has
 * something that a partitioned table can't have.
 */
export function planConversion(
  table: PartitionedTable,
  { layout, end, future, concurrently }: ConversionOptions,
): Conversion {
  if (layout.obstacles.length > 0) {
    throw new Misconfigured(
      `${layout.qualified} can't be partitioned: ${layout.obstacles.join(', ')} would not follow. Drop what is named, run \`spanledger partition\` again, and create it again on the new table.`,
    )
  }
  const keys = layout.indexes.filter((index) => isKey(table, index))
  return {
    preparation: [...boundStatements(table, layout, end), ...keyIndexes(table, layout, keys, concurrently)],
    exchange: [...exchangeStatements(table, layout, keys, end), ...newPartitions(table, layout, end, future)],
  }
}

/** The check lets the old table be attached without reading it, and its key become NOT NULL. */
function boundStatements({ key }: PartitionedTable, { qualified, constraints }: TableLayout, end: Month): string[] {
  const existing = constraints.find(({ name }) => name === boundConstraint)
  const check = `check ("${key}" is not null and "${key}" < ${boundOf(end)})`
  // one statement: between two of them a row of a later month could be added
  const replaced = existing === undefined ? '' : `drop constraint ${boundConstraint}, `
  return [
    `alter table ${qualified} ${replaced}add constraint ${boundConstraint} ${check} not valid`,
    `alter table ${qualified} validate constraint ${boundConstraint}`,
  ]
}

/** Whether an index becomes one of the whole table with the partition key in it: the primary key, and what has it already. */
function isKey({ key }: PartitionedTable, index: IndexLayout): boolean {
  const { isPrimary, isUnique, columns } = index
  return isPrimary || (isUnique && columns.some((column) => isColumn(column, key)) && !isNew(index))
}

function keyIndexes(
  table: PartitionedTable,
  { qualified, schema, indexes }: TableLayout,
  keys: readonly IndexLayout[],
  concurrently: boolean,
): string[] {
  return keys.flatMap((index) => {
    const name = newIndexName(index)
    const existing = indexes.find((other) => other.name === name)
    if (existing?.isValid) return []
    const how = concurrently ? ' concurrently' : ''
    const columns = uniqueColumns(table, index).join(', ')
    return [
      ...(existing === undefined ? [] : [`drop index${how} ${quoted(schema)}.${quoted(name)}`]),
      `create unique index${how} ${quoted(name)} on ${qualified} (${columns})${where(index)}`,
    ]
  })
}

function exchangeStatements(
  table: PartitionedTable,
  layout: TableLayout,
  keys: readonly IndexLayout[],
  end: Month,
): string[] {
  const { qualified, schema, indexes, triggers } = layout
  const past = `${quoted(schema)}.${partitionName(table.name, 'past')}`
  const others = indexes.filter((index) => !isKey(table, index) && !isNew(index))
  const rename = ({ name }: IndexLayout, to: string) =>
    `alter index ${quoted(schema)}.${quoted(name)} rename to ${quoted(to)}`
  return [
    ...triggers.map(({ name }) => `drop trigger ${quoted(name)} on ${qualified}`),
    `alter table ${qualified} rename to ${partitionName(table.name, 'past')}`,
    ...keys.map((index) =>
      index.constraint === null
        ? `drop index ${quoted(schema)}.${quoted(index.name)}`
        : `alter table ${past} drop constraint ${quoted(index.constraint)}`,
    ),
    `alter table ${past} alter column "${table.key}" set not null`,
    ...keys.flatMap((index) => {
      const name = `${index.name}_past`
      const primary = index.isPrimary
        ? [`alter table ${past} add constraint ${quoted(name)} primary key using index ${quoted(name)}`]
        : []
      return [`alter index ${quoted(schema)}.${quoted(newIndexName(index))} rename to ${quoted(name)}`, ...primary]
    }),
    ...others.map((index) => rename(index, `${index.name}_past`)),
    ...parentStatements(table, layout, keys, past),
    `alter table ${qualified} attach partition ${past} for values from (minvalue) to (${boundOf(end)})`,
    `alter table ${past} drop constraint ${boundConstraint}`,
    ...triggers.map(({ definition }) => definition),
  ]
}

/** The partitioned table itself, like the old table. Its indexes have the names that those of the old table had. */
function parentStatements(
  table: PartitionedTable,
  { qualified, owner, comment, indexes, constraints, grants }: TableLayout,
  keys: readonly IndexLayout[],
  past: string,
): string[] {
  const like = 'including defaults including generated including storage including compression including comments'
  return [
    `create table ${qualified} (like ${past} ${like}) partition by range ("${table.key}")`,
    `alter table ${qualified} owner to ${owner}`,
    `comment on table ${qualified} is ${comment}`,
    ...constraints
      .filter(({ name }) => name !== boundConstraint)
      .map(({ name, definition }) => `alter table ${qualified} add constraint ${quoted(name)} ${definition}`),
    ...keys.map((index) => {
      const columns = uniqueColumns(table, index).join(', ')
      return index.isPrimary
        ? `alter table ${qualified} add constraint ${quoted(index.name)} primary key (${columns})`
        : `create unique index ${quoted(index.name)} on only ${qualified} (${columns})${where(index)}`
    }),
    ...indexes
      .filter(({ isUnique }) => !isUnique)
      .map(({ definition }) => definition.replace(/ ON (?!ONLY )/, ' ON ONLY ')),
    ...grants,
  ]
}

function newPartitions({ name, key }: PartitionedTable, layout: TableLayout, end: Month, future: Month): string[] {
  const uniques = layout.indexes.filter((index) => index.isUnique && !isKey({ name, key }, index) && !isNew(index))
  const parts = [
    ...monthsBetween(end, future).map((month) => ({ part: month, from: month })),
    { part: 'future', from: future },
  ]
  return parts.flatMap((part) => {
    const { create, attach } = newPartition(layout, { table: name, uniques, ...part })
    return [...create, attach]
  })
}

/** A partition that is to be made: its name with its schema, and the statements. */
export interface NewPartition {
  readonly qualified: string
  readonly create: readonly string[]
  readonly attach: string
}

/** What a partition is planned with. */
export interface PartitionOptions {
  readonly table: string
  /** What is unique within the partition. */
  readonly uniques: readonly UniqueIndex[]
  /** A month, or `future` for all months from `from` on. */
  readonly part: Month | 'future'
  readonly from: Month
}

/**
 * Plans a partition. It is created by itself and then attached: `create table … partition of` would lock the whole table
 * for readers too.
 */
export function newPartition(
  { qualified: parent, schema, owner, storageOptions }: TableLayout,
  { table, uniques, part, from }: PartitionOptions,
): NewPartition {
  const qualified = `${quoted(schema)}.${partitionName(table, part)}`
  const to = part === 'future' ? 'maxvalue' : boundOf(addMonths(part, 1))
  return {
    qualified,
    create: [
      `create table ${qualified} (like ${parent} including all)${storageOptions ? ` with (${storageOptions})` : ''}`,
      `alter table ${qualified} owner to ${owner}`,
      ...uniques.map((index) => `create unique index on ${qualified} (${index.columns.join(', ')})${where(index)}`),
    ],
    attach: `alter table ${parent} attach partition ${qualified} for values from (${boundOf(from)}) to (${to})`,
  }
}

function uniqueColumns({ key }: PartitionedTable, { columns }: IndexLayout): string[] {
  return columns.some((column) => isColumn(column, key)) ? [...columns] : [...columns, quoted(key)]
}

function newIndexName({ name }: IndexLayout): string {
  return `${name.slice(0, 54)}${suffixOfNewIndex}`
}

function isColumn(column: string, name: string): boolean {
  return column === name || column === quoted(name)
}

function isNew({ name }: IndexLayout): boolean {
  return name.endsWith(suffixOfNewIndex)
}

function where({ predicate }: UniqueIndex): string {
  return predicate === null ? '' : ` where ${predicate}`
}
