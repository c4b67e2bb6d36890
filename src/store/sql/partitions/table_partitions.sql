-- Lists the partitions of a table with their bounds.
select c.relname as name, format('%I.%I', n.nspname, c.relname) as qualified, pg_get_expr(c.relpartbound, c.oid) as bound
from pg_inherits h
join pg_class c on c.oid = h.inhrelid
join pg_namespace n on n.oid = c.relnamespace
where h.inhparent = to_regclass($1)
