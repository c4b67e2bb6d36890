import { type SqlFolder, sqlFiles } from './sql-files.ts'

/** Returns the text of a statement by its name. */
export type SqlStatements<Name extends string> = (name: Name) => string

/** Reads the statements in the `.sql` files of a folder. Throws a RangeError unless `names` are those of its files. */
export function statementsIn<const Name extends string>(
  folder: SqlFolder,
  names: readonly Name[],
): SqlStatements<Name> {
  const texts = sqlFiles(folder)
  if ([...texts.keys()].join() !== names.toSorted().join()) throw new RangeError(`${folder} holds ${[...texts.keys()]}`)
  return (name) => texts.get(name)!
}

const names = [
  'add_archive_part',
  'add_token',
  'applied_migrations',
  'archive_columns',
  'citus_relation_blocks',
  'citus_table',
  'claim_archive_part',
  'copied_tables',
  'create_journal',
  'create_schema',
  'distribute_schema',
  'distributes_schemas',
  'drop_archive_part',
  'end_silent_connection',
  'find_open_part',
  'finish_archive_part',
  'is_distributed',
  'keep_part_open',
  'list_tenants',
  'list_tokens',
  'local_unique_indexes',
  'lock_archive_part',
  'lock_archive_parts',
  'lock_migrations',
  'mark_tokens_used',
  'missing_privileges',
  'named_tables',
  'pruned_tables',
  'readable_elsewhere',
  'release_archive_part',
  'relation_blocks',
  'revoke_token',
  'role_state',
  'schema_and_journal',
  'server_state',
  'set_archive_file',
  'set_pruned',
  'table_layout',
  'table_partitions',
  'tenant_contents',
  'tenant_files',
  'tenant_tables',
  'transaction_read_only',
  'waiting_parts',
] as const

/** Returns the text of a statement of this room. */
export const storeStatement: SqlStatements<(typeof names)[number]> = statementsIn('store/sql', names)
