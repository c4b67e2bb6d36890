import { Misconfigured } from '../../errors.ts'
import type { Database, Session } from '../database.ts'
import { storeStatement } from '../statements.ts'

/** A table of which all rows were copied, and how many. */
export interface CopiedTable {
  readonly table: string
  readonly rows: number
}

/** A table to copy. `columns` are quoted; `types` are those of the columns, as SQL writes them. */
interface SourceTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly types: readonly string[]
}

/** Rows per statement: both sides hold them in memory, and a row of the ledger may have megabytes. */
const rowsPerFetch = 200
const noLimits = { lockTimeoutMs: 0, statementTimeoutMs: 0 }

/**
 * Copies all rows of all tables, those of the schema spanledger included, in one transaction on either side. The target's
 * tables must exist and be empty; else it throws `Misconfigured` and copies nothing. Values travel as the text that their
 * types write.
 */
export function copyLedger(source: Database, target: Database): Promise<CopiedTable[]> {
  return source.transaction(
    (from) => target.transaction((to) => copyTables(from, to, target.description), noLimits),
    noLimits,
  )
}

async function copyTables(from: Session, to: Session, description: string): Promise<CopiedTable[]> {
  const tables = await from.query<SourceTable>(storeStatement('copied_tables'))
  await to.query(`lock table ${tables.map(({ name }) => name).join(', ')} in exclusive mode`)
  for (const { name } of tables) await mustBeEmpty(to, name, description)
  const copied: CopiedTable[] = []
  for (const table of tables) copied.push({ table: table.name, rows: await copyTable(from, to, table) })
  return copied
}

async function mustBeEmpty(to: Session, table: string, description: string): Promise<void> {
  const [row] = await to.query(`select from ${table} limit 1`)
  if (row !== undefined)
    throw new Misconfigured(`${description} has rows already, in ${table}: a ledger is copied into an empty database.`)
}

async function copyTable(from: Session, to: Session, table: SourceTable): Promise<number> {
  await from.query(`declare rows_to_copy no scroll cursor for ${selection(table)}`)
  const insertion = insertionOf(table)
  let copied = 0
  for (let fetched = rowsPerFetch; fetched === rowsPerFetch; copied += fetched) {
    const rows = await from.query<Record<string, string | null>>(`fetch ${rowsPerFetch} from rows_to_copy`)
    fetched = rows.length
    await to.query(
      insertion,
      table.columns.map((_, i) => rows.map((row) => row[`c${i}`])),
    )
  }
  await from.query('close rows_to_copy')
  return copied
}

/** Selects the columns as texts named c0, c1 and so on. */
function selection({ name, columns }: SourceTable): string {
  return `select ${columns.map((column, i) => `${column}::text as c${i}`).join(', ')} from ${name}`
}

/** Inserts rows whose columns are arrays of texts. */
function insertionOf({ name, columns, types }: SourceTable): string {
  const names = columns.map((_, i) => `c${i}`).join(', ')
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`).join(', ')
  const values = types.map((type, i) => `c${i}::${type}`).join(', ')
  return `insert into ${name} (${columns.join(', ')}) select ${values} from unnest(${arrays}) as r (${names})`
}
