-- What of the given traces was written after the version that is known; 0: all of it.
select s.tenant, replace(s.trace::text, '-', '') as trace, s.facts
from unnest($1::text[], $2::date[], $3::uuid[], $4::bigint[]) as a (tenant, epoch, trace, version)
join spanledger.spans s on s.tenant = a.tenant and s.epoch = a.epoch and s.trace = a.trace and s.version > a.version
