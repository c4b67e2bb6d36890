-- Finds traces in the order of their ids, after $1: those that were settled by other rules than $2, or by any where that is
-- null, and that were last written in the month of $3 or later.
select replace(trace::text, '-', '') as trace
from traces
where tenant = '' and trace > $1::uuid and ($2::int is null or rules <> $2)
  and ($3::date is null or coalesce(last_month, epoch) >= date_trunc('month', $3::date))
order by traces.trace
limit 500
