-- Reads the entries of the given traces, one by one.
select replace(l.trace::text, '-', '') as trace, l.epoch::text, l.version::text, l.facts
from unnest($1::date[], $2::uuid[]) as a (epoch, trace)
join ledger l on l.tenant = '' and l.epoch = a.epoch and l.trace = a.trace
