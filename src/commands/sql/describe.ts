/** What `\\d` asks: the tables that people read and the books, or the columns of one table with their meaning. */
export function describeSql(table: string): string {
  if (table === '')
    return `select n.nspname as schema, c.relname as "table", obj_description(c.oid, 'pg_class') as meaning
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (current_schemas(false)) and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
order by n.nspname <> 'public', n.nspname, c.relname`
  const literal = `'${table.replaceAll("'", "''")}'`
  return `select a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
  case when a.attnotnull then 'not null' end as "null", col_description(a.attrelid, a.attnum) as meaning
from pg_attribute a
where a.attrelid = to_regclass(${literal}) and a.attnum > 0 and not a.attisdropped
order by a.attnum`
}
