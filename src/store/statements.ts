import { type SqlFolder, sqlFiles } from './sql-files.ts'

/** Gives the text of a statement by its name. */
export type SqlStatements<Name extends string> = (name: Name) => string

/** The statements in the `.sql` files of a folder. Throws a RangeError unless `names` are those of its files. */
export function statementsIn<const Name extends string>(
  folder: SqlFolder,
  names: readonly Name[],
): SqlStatements<Name> {
  const texts = sqlFiles(folder)
  if ([...texts.keys()].join() !== names.toSorted().join()) throw new RangeError(`${folder} holds ${[...texts.keys()]}`)
  return (name) => texts.get(name)!
}

/** The statements of this room. */
export const storeStatement: SqlStatements<'copied_tables' | 'missing_privileges' | 'server_state'> = statementsIn(
  'store/sql',
  ['copied_tables', 'missing_privileges', 'server_state'],
)
