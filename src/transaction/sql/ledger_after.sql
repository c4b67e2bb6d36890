-- Reads what was written to the given traces after a version; 0 means all of it.
select l.tenant, replace(l.trace::text, '-', '') as trace, l.facts
from unnest($1::text[], $2::date[], $3::uuid[], $4::bigint[]) as a (tenant, epoch, trace, version)
join ledger l on l.tenant = a.tenant and l.epoch = a.epoch and l.trace = a.trace and l.version > a.version
