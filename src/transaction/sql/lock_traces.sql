-- Locks the traces, sorted, until the commit, and counts the write: version 1 is a trace that is new. The conflicting row
-- is read as it is after the wait, so the version is the current one. The key of tombstones is null in a database in which
-- nothing was ever forgotten; it was committed while no transaction was between its first locks and its commit.
insert into traces as t (tenant, trace, epoch, version)
select '', trace, date_trunc('month', now() at time zone 'UTC')::date, 1
from unnest($1::uuid[]) as a (trace)
order by trace
on conflict (tenant, trace) do update set version = t.version + 1
returning replace(trace::text, '-', '') as trace, epoch::text, version::integer, valid_from::integer as "validFrom",
  (select encode(key, 'hex') from tombstone_keys) as "tombstoneKey"
