-- Reads which hours are summed up, and which of a period are not up to date, in milliseconds since 1970. $1 is the kind of
-- rows. With $5, hours in which a day of the time zone $4 begins, but not with the hour, are not either.
select (extract(epoch from s.kept_from) * 1000)::float8 as from_ms, (extract(epoch from s.kept_until) * 1000)::float8 as until_ms,
  array(
    select distinct (extract(epoch from i.hour) * 1000)::float8 from rollup_invalidations i
    where i.kind = $1 and i.hour >= date_trunc('hour', $2::timestamptz, 'UTC') and i.hour < $3::timestamptz
      -- retention has removed rows of earlier hours
      and i.hour >= coalesce((
        select max(p.before) from pruned p where p.name = case $1 when 'calls' then 'token_usage' else 'task_executions' end
      ), '-infinity')
    union
    select (extract(epoch from date_trunc('hour', d at time zone $4, 'UTC')) * 1000)::float8
    from generate_series(($2::timestamptz at time zone $4)::date::timestamp, ($3::timestamptz at time zone $4)::date::timestamp, interval '1 day') as d
    where $5::boolean and d at time zone $4 <> date_trunc('hour', d at time zone $4, 'UTC')
  ) as invalid
from usage_rollup_state s
