-- Lists the traces that began to arrive before a month ($1), after a place ($2, $3) in the order of epochs and ids, and
-- whether they are still remembered with that epoch.
select e.epoch::text, replace(e.trace::text, '-', '') as trace, t.trace is not null as remembered
from (
  select distinct epoch, trace from ledger
  where tenant = '' and epoch >= $2::date and epoch < $1::date and (epoch, trace) > ($2::date, $3::uuid)
  order by epoch, trace limit 1000
) e
left join traces t on t.tenant = '' and t.trace = e.trace and t.epoch = e.epoch
order by e.epoch, e.trace
