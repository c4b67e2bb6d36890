-- Describes the tables that people read, with the meaning and unit of each column.
select c.relname as "table", obj_description(c.oid, 'pg_class') as table_meaning, a.attname as "column",
  format_type(a.atttypid, a.atttypmod) as type, col_description(c.oid, a.attnum) as meaning
from unnest($1::text[]) with ordinality as f (name, place)
join pg_class c on c.oid = to_regclass(f.name)
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
order by f.place, a.attnum
