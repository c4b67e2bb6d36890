-- Invalidates those of the last hours that have another number of calls than was summed up: other programs and people change
-- rows without saying so. What retention has removed is not missed.
with state as materialized (
  select greatest(s.kept_from, s.kept_until - $1::float8 * interval '1 hour', coalesce(
      date_trunc('hour', (select max(before) from pruned where name = 'token_usage'), 'UTC') + interval '1 hour', '-infinity'
    )) as since, s.kept_until as until
  from usage_rollup_state s
),
counted as materialized (
  select date_trunc('hour', u.created_at, 'UTC') as hour, count(*) as calls
  from state s join token_usage u on u.created_at >= s.since and u.created_at < s.until
  group by 1
),
summed as materialized (
  select r.hour, sum(r.calls) as calls
  from state s join usage_rollups r on r.dimension = 'provider' and r.hour >= s.since and r.hour < s.until
  group by 1
),
changed as materialized (
  select hour from counted c full join summed r using (hour) where c.calls is distinct from r.calls
)
insert into rollup_invalidations (kind, hour)
select 'calls', hour from changed
