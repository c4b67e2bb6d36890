-- Reads what was written to the given traces after a version; 0 means all of it.
select replace(l.trace::text, '-', '') as trace, l.facts
from unnest($1::date[], $2::uuid[], $3::bigint[]) as a (epoch, trace, version)
join ledger l on l.tenant = '' and l.epoch = a.epoch and l.trace = a.trace and l.version > a.version
