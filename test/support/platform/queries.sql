-- The questions that people ask these tables, one a paragraph.

select workflow_id, query, status, duration_ms, total_cost_usd from task_executions where user_id = $1 order by started_at desc limit 20

select date(started_at) as date, count(*) as failed_count, avg(duration_ms) as avg_duration from task_executions where status = 'FAILED' and started_at > now() - interval '7 days' group by date(started_at) order by date desc

select user_id, count(*) as task_count, sum(total_cost_usd) as total_cost, avg(total_cost_usd) as avg_cost, sum(total_tokens) as total_tokens from task_executions where started_at > now() - interval '30 days' group by user_id order by total_cost desc

select type, agent_id, message, timestamp from event_logs where workflow_id = $1 order by timestamp

select type, count(*) as event_count, date_trunc('hour', timestamp) as hour from event_logs where timestamp > now() - interval '24 hours' group by type, hour order by hour desc, event_count desc

select provider, model, count(*) as call_count, sum(total_tokens) as total_tokens, sum(cost_usd) as total_cost from token_usage where created_at > now() - interval '30 days' group by provider, model order by total_cost desc

select date(created_at) as date, sum(total_tokens) as tokens, sum(cost_usd) as cost from token_usage where created_at > now() - interval '30 days' group by date(created_at) order by date

select mode, count(*) as total, count(case when status = 'COMPLETED' then 1 end) as completed, round(100.0 * count(case when status = 'COMPLETED' then 1 end) / count(*), 2) as success_rate from task_executions where started_at > now() - interval '7 days' group by mode

select case when complexity_score < 0.3 then 'Low' when complexity_score < 0.7 then 'Medium' else 'High' end as complexity, count(*) as task_count, avg(duration_ms) as avg_ms, avg(total_cost_usd) as avg_cost from task_executions where complexity_score is not null group by complexity

select u.email, count(t.id) as task_count, sum(t.total_cost_usd) as total_cost, avg(t.total_cost_usd) as avg_cost from task_executions t join users u on t.user_id = u.id where t.started_at > now() - interval '30 days' group by u.email order by total_cost desc limit 10

select workflow_id, query, duration_ms, agents_used, tools_invoked from task_executions where duration_ms > 60000 and started_at > now() - interval '24 hours' order by duration_ms desc

select tool_name, count(*) as total, count(case when success then 1 end) as successful, round(100.0 * count(case when success then 1 end) / count(*), 2) as success_rate, avg(duration_ms) as avg_duration from tool_executions group by tool_name order by total desc
