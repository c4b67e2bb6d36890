-- Runs without a user have a day, too: those that are there already are summed up. Their key in spanledger.days is no
-- user's. A platform that sums its days itself, or has days of users only, gets no row of them.
insert into days (user_id, date, state)
with runs as (
  select (t.started_at at time zone 'UTC')::date as date, t.status, t.total_tokens, t.total_cost_nano_usd, t.tools_invoked,
    t.duration_ms, w.state::jsonb as share
  from task_executions t
  join workflows w on w.task = t.id
  where w.tenant = '' and w.state is not null and t.user_id is null and substr(t.id::text, 15, 1) = '8'
),
counts as (
  select r.date, c.part, p.pair ->> 0 as name, sum((p.pair ->> 1)::bigint) as n
  from runs r
  cross join (values ('models'), ('tools')) as c (part)
  cross join lateral jsonb_array_elements(r.share -> c.part) as p (pair)
  group by 1, 2, 3
),
lists as (
  select date, part, jsonb_build_object('$map', jsonb_agg(jsonb_build_array(name, n) order by name)) as list
  from counts group by 1, 2
)
select 'ffffffff-ffff-ffff-ffff-ffffffffffff', r.date, jsonb_build_object(
  'tasks', count(*),
  'successful', count(*) filter (where r.status = 'COMPLETED'),
  'failed', count(*) filter (where r.status = 'FAILED'),
  'tokens', coalesce(sum(r.total_tokens), 0),
  'costNano', jsonb_build_object('$int', coalesce(sum(r.total_cost_nano_usd), 0)::text),
  'tools', coalesce(sum(r.tools_invoked), 0),
  'durationMs', coalesce(sum(r.duration_ms), 0),
  'ended', count(r.duration_ms),
  'calls', sum((r.share #>> '{sums,calls}')::bigint),
  'cacheHits', sum((r.share #>> '{sums,cacheHits}')::bigint),
  'models', coalesce((select list from lists l where l.date = r.date and l.part = 'models'), '{"$map": []}'),
  'toolRuns', coalesce((select list from lists l where l.date = r.date and l.part = 'tools'), '{"$map": []}')
)::text
from runs r
group by r.date;

insert into usage_daily_aggregates (
  id, date, total_tasks, successful_tasks, failed_tasks, total_tokens, total_cost_usd, model_usage, tools_invoked,
  tool_distribution, avg_duration_ms, cache_hit_rate
)
with summed as (
  select date, state::jsonb as s,
    encode(sha256(convert_to('day', 'UTF8') || '\x00' || convert_to(user_id::text, 'UTF8') || '\x00' || convert_to(date::text, 'UTF8')), 'hex') as digest
  from days
  where user_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
select
  -- the id that every receiver makes of this day: a UUID of version 8 from the hash
  (substr(digest, 1, 12) || '8' || substr(digest, 14, 3)
    || to_hex(32768 | (('x' || substr(digest, 17, 4))::bit(16)::int & 16383)) || substr(digest, 21, 12))::uuid,
  date, (s ->> 'tasks')::int, (s ->> 'successful')::int, (s ->> 'failed')::int,
  least((s ->> 'tokens')::bigint, 2147483647),
  least(round((s #>> '{costNano,$int}')::numeric / 1e9, 6), 9999.999999),
  (select coalesce(jsonb_object_agg(p ->> 0, p -> 1), '{}') from jsonb_array_elements(s #> '{models,$map}') p),
  least((s ->> 'tools')::bigint, 2147483647),
  (select coalesce(jsonb_object_agg(p ->> 0, p -> 1), '{}') from jsonb_array_elements(s #> '{toolRuns,$map}') p),
  case when (s ->> 'ended')::bigint > 0 then least(round((s ->> 'durationMs')::numeric / (s ->> 'ended')::bigint), 2147483647) end,
  case when (s ->> 'calls')::bigint > 0 then round((s ->> 'cacheHits')::numeric / (s ->> 'calls')::bigint, 2) end
from summed
where not exists (select from usage_daily_aggregates d where d.user_id is null and d.date = summed.date)
  and not exists (
    select from pg_attribute
    where attrelid = to_regclass('usage_daily_aggregates') and attname = 'user_id' and attnotnull
  )
  and not exists (
    select from pg_trigger g join pg_proc p on p.oid = g.tgfoid
    where not g.tgisinternal and g.tgenabled <> 'D' and p.prosrc ~* 'usage_daily_aggregates' and g.tgrelid in (
      to_regclass('task_executions'), to_regclass('event_logs'), to_regclass('token_usage'),
      to_regclass('tool_executions'), to_regclass('agent_executions'), to_regclass('users')
    )
  );
