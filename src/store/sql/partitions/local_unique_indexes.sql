-- Lists the unique indexes of a partition that are not part of one of the whole table: these hold within a month only,
-- because a unique index of the whole table contains the partition key.
select
  (select array_agg(pg_get_indexdef(x.indexrelid, at, true) order by at) from generate_series(1, x.indnkeyatts) as at) as columns,
  pg_get_expr(x.indpred, x.indrelid) as predicate
from pg_index x
where x.indrelid = to_regclass($1) and x.indisunique and x.indisvalid
  and not exists (select from pg_inherits h where h.inhrelid = x.indexrelid)
order by x.indexrelid
