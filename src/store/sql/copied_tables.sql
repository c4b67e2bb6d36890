-- Lists the tables to copy, users first, because other tables refer to them. Those in public are named without their
-- schema, so that the target's search_path decides where they are.
select
  case n.nspname when 'public' then quote_ident(c.relname) else format('%I.%I', n.nspname, c.relname) end as name,
  array_agg(quote_ident(a.attname) order by a.attnum) as columns,
  array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as types
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in ('public', 'spanledger') and c.relkind in ('r', 'p') and not c.relispartition
  and (n.nspname, c.relname) <> ('spanledger', 'migrations')
group by n.nspname, c.relname
order by c.relname <> 'users', 1
