-- Counts the entries from a month ($2) to another ($3) whose traces were last written before a month ($1).
select count(*)::int as rows, coalesce(sum(pg_column_size(l.*)), 0)::text as bytes
from ledger l
where l.tenant = '' and l.epoch >= $2::date and l.epoch < $3::date and not exists (
  select from traces t where t.tenant = '' and t.trace = l.trace and t.epoch = l.epoch and t.last_month >= $1::date
)
