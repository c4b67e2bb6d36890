-- Finds the traces of runs ($1) that follow a trace ($2) by their ids, at most $4: those that were settled by other rules
-- than $3, or by any where that is null.
select replace(t.trace::text, '-', '') as trace
from traces t
where t.tenant = '' and t.trace > $2::uuid and ($3::int is null or t.rules <> $3) and t.trace in (
  select only_trace from workflows where tenant = '' and workflow = any ($1::text[])
  union all
  select trace from shares where tenant = '' and workflow = any ($1::text[])
)
order by t.trace
limit $4::int - 1
