-- What of the given traces was written after the version that is known; 0: all of it.
select l.tenant, replace(l.trace::text, '-', '') as trace, l.facts
from unnest($1::text[], $2::date[], $3::uuid[], $4::bigint[]) as a (tenant, epoch, trace, version)
join spanledger.ledger l on l.tenant = a.tenant and l.epoch = a.epoch and l.trace = a.trace and l.version > a.version
