-- Fills the columns of days that a platform's trigger makes and leaves empty. A value that is neither empty nor what we have
-- written last is another writer's, and stays. The flags say which columns no trigger names.
update usage_daily_aggregates d set
  tools_invoked = case when $11::boolean and coalesce(d.tools_invoked, 0) in (0, day.tools_before) then day.tools else d.tools_invoked end,
  tool_distribution = case when $12::boolean and coalesce(d.tool_distribution::jsonb, '{}') in ('{}', day.tool_runs_before) then day.tool_runs else d.tool_distribution end,
  model_usage = case when $13::boolean and coalesce(d.model_usage::jsonb, '{}') in ('{}', day.models_before) then day.models else d.model_usage end,
  cache_hit_rate = case when $14::boolean and (d.cache_hit_rate is null or d.cache_hit_rate = day.rate_before) then day.rate else d.cache_hit_rate end
from unnest($1::uuid[], $2::date[], $3::int[], $4::int[], $5::jsonb[], $6::jsonb[], $7::jsonb[], $8::jsonb[], $9::numeric[], $10::numeric[])
  as day (user_id, date, tools, tools_before, tool_runs, tool_runs_before, models, models_before, rate, rate_before)
where d.user_id = day.user_id and d.date = day.date
