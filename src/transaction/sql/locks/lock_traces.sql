-- Locks the traces, sorted, until the commit, and counts the write: version 1 is a trace that is new. The conflicting row
-- is read as it is after the wait, so the version is the current one. The key of tombstones is null in a database in which
-- nothing was ever forgotten; it was committed while no transaction was between its first locks and its commit. It is read
-- beside the insertion, because RETURNING reads no other table on Citus. $2 has the month of the latest span where that is
-- after this month, else null; $3 is the version of the rules by which a new trace is settled. The start of the server
-- tells it from another one that has taken its place; it is read where the row is.
with locked as (
  insert into traces as t (tenant, trace, epoch, version, last_month, rules)
  select '', trace, this.month, 1, greatest(latest, this.month), $3::int
  from unnest($1::uuid[], $2::date[]) as a (trace, latest),
    (select date_trunc('month', now() at time zone 'UTC')::date as month) as this
  order by trace
  on conflict (tenant, trace) do update set version = t.version + 1, last_month = greatest(t.last_month, excluded.last_month)
  returning trace, epoch, version, valid_from, kept_from, moving, rules, pg_postmaster_start_time() as server
)
select replace(trace::text, '-', '') as trace, epoch::text, version::integer, valid_from::integer as "validFrom",
  moving, rules, extract(epoch from server)::text as server,
  (extract(epoch from kept_from) * 1000000000)::bigint::text as "keptFrom",
  exists (select 1 from pruned where name = 'ledger') as "isPruned",
  (select encode(key, 'hex') from tombstone_keys) as "tombstoneKey"
from locked
