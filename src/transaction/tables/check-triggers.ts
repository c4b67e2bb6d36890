import { Misconfigured } from '../../errors.ts'
import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'

interface SeeingTrigger {
  /** With the types of its arguments, as `alter function` takes it. */
  readonly function: string
  readonly table: string
  readonly schema: string
}

/**
 * Throws `Misconfigured` where a trigger on one of these tables would use one of the books in place of a table of the
 * platform that has the same name: it would change what decides later rows, or fail.
 */
export async function checkTriggers(session: Session, tables: readonly string[]): Promise<void> {
  const [first] = await session.query<SeeingTrigger>(statement('triggers_that_see_books'), [tables])
  if (first === undefined) return
  const { function: name, table, schema } = first
  throw new Misconfigured(
    `the trigger function ${name} uses a table ${table}, and Spanledger has one of that name, which goes first in its transactions. Give the function a path of its own: alter function ${name} set search_path = ${schema}`,
  )
}
