-- Lists the columns of a relation in their order.
select a.attname as name, t.typname as type, a.atttypmod as modifier
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
order by a.attnum
