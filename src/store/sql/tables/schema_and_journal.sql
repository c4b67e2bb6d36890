-- Reads the catalogue as tables: what to_regclass answers may be older than the wait for a lock.
select count(*) > 0 as schema, coalesce(bool_or(c.relname = 'migrations'), false) as journal, count(c.oid) > 0 as tables,
  coalesce(bool_and(has_schema_privilege(n.oid, 'usage')), true) as usable,
  exists (select from pg_extension where extname = 'citus') as citus
from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
where n.nspname = $1
