-- Locks the traces, sorted, until the commit, and counts the write: version 1 is a trace that is new. The conflicting row
-- is read as it is after the wait, so the version is the current one.
insert into traces as t (tenant, trace, epoch, version)
select '', trace, date_trunc('month', now() at time zone 'UTC')::date, 1
from unnest($1::uuid[]) as a (trace)
order by trace
on conflict (tenant, trace) do update set version = t.version + 1
returning replace(trace::text, '-', '') as trace, epoch::text, version::integer
