-- Lists what a role may read in the schemas of tenants and of the books ($2), but for these tables ($3, as schema.name).
select format('%s.%s', n.nspname, c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any ($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and format('%s.%s', n.nspname, c.relname) <> all ($3::text[])
  and has_schema_privilege($1, n.oid, 'usage')
  and (has_table_privilege($1, c.oid, 'select') or has_any_column_privilege($1, c.oid, 'select'))
order by 1
