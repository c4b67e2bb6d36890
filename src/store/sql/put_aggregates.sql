insert into usage_daily_aggregates as d
  (id, user_id, date, total_tasks, successful_tasks, failed_tasks, total_tokens, total_cost_usd, model_usage, tools_invoked, tool_distribution, avg_duration_ms, cache_hit_rate)
select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::int[], $5::int[], $6::int[], $7::int[], $8::numeric[], $9::jsonb[], $10::int[], $11::jsonb[], $12::int[], $13::numeric[])
on conflict (user_id, date) do update set
  total_tasks = excluded.total_tasks, successful_tasks = excluded.successful_tasks, failed_tasks = excluded.failed_tasks,
  total_tokens = excluded.total_tokens, total_cost_usd = excluded.total_cost_usd, model_usage = excluded.model_usage,
  tools_invoked = excluded.tools_invoked, tool_distribution = excluded.tool_distribution,
  avg_duration_ms = excluded.avg_duration_ms, cache_hit_rate = excluded.cache_hit_rate
