-- Reads what was written to the given traces after a version, up to another one.
select replace(l.trace::text, '-', '') as trace, l.facts
from unnest($1::date[], $2::uuid[], $3::bigint[], $4::bigint[]) as a (epoch, trace, version, last)
join ledger l on l.tenant = '' and l.epoch = a.epoch and l.trace = a.trace and l.version > a.version and l.version <= a.last
