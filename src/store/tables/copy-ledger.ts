import { Misconfigured } from '../../errors.ts'
import type { Database, Session } from '../database.ts'
import { storeStatement } from '../statements.ts'

/** What was copied of a table. */
export interface CopiedTable {
  readonly table: string
  readonly rows: number
}

/** `columns` are quoted; `types` are those of the columns, as SQL writes them. */
interface Table {
  readonly name: string
  readonly columns: readonly string[]
  readonly types: readonly string[]
}

/** Both sides hold so many rows in memory, and a row of the ledger may have megabytes. */
const rowsAtOnce = 200
const noLimits = { lockTimeoutMs: 0, statementTimeoutMs: 0 }

/**
 * Copies all rows of all tables, those of the ledger's own books too, in one transaction on either side: into tables that
 * are there and empty, else it throws `Misconfigured` and nothing is copied. Each value travels as its type writes it.
 */
export function copyLedger(source: Database, target: Database): Promise<CopiedTable[]> {
  return source.transaction(
    (from) =>
      target.transaction(async (to) => {
        const tables = await from.query<Table>(storeStatement('copied_tables'))
        await to.query(`lock table ${tables.map(({ name }) => name).join(', ')} in exclusive mode`)
        await mustBeEmpty(to, tables, target.description)
        const copied: CopiedTable[] = []
        for (const table of tables) copied.push({ table: table.name, rows: await copyTable(from, to, table) })
        return copied
      }, noLimits),
    noLimits,
  )
}

async function mustBeEmpty(to: Session, tables: readonly Table[], description: string): Promise<void> {
  for (const { name } of tables) {
    const [row] = await to.query(`select from ${name} limit 1`)
    if (row !== undefined)
      throw new Misconfigured(`${description} has rows already, in ${name}: a ledger is copied into an empty database.`)
  }
}

async function copyTable(from: Session, to: Session, { name, columns, types }: Table): Promise<number> {
  const read = columns.map((column, i) => `${column}::text as c${i}`).join(', ')
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`).join(', ')
  const names = columns.map((_, i) => `c${i}`)
  const values = types.map((type, i) => `c${i}::${type}`).join(', ')
  const write = `insert into ${name} (${columns.join(', ')}) select ${values} from unnest(${arrays}) as r (${names.join(', ')})`
  await from.query(`declare rows_to_copy no scroll cursor for select ${read} from ${name}`)
  let copied = 0
  for (let got = rowsAtOnce; got === rowsAtOnce; copied += got) {
    const rows = await from.query<Record<string, string | null>>(`fetch ${rowsAtOnce} from rows_to_copy`)
    got = rows.length
    await to.query(
      write,
      names.map((column) => rows.map((row) => row[column])),
    )
  }
  await from.query('close rows_to_copy')
  return copied
}
