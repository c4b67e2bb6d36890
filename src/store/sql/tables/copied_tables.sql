-- Lists the tables along the search_path to copy, users first, because other tables refer to them. Those in public are
-- named without their schema, so that the target's search_path decides where they are.
select
  case when n.nspname = 'public' and pg_table_is_visible(c.oid) then quote_ident(c.relname) else format('%I.%I', n.nspname, c.relname) end as name,
  array_agg(quote_ident(a.attname) order by a.attnum) as columns,
  array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as types
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any (current_schemas(false)) and c.relkind in ('r', 'p') and not c.relispartition
  and c.oid <> to_regclass('migrations')
  -- rows that wait to be archived are kept no longer
  and c.relname !~ '_expired_[0-9]+$'
group by c.oid, n.nspname
order by c.relname <> 'users', 1
