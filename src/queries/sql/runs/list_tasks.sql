-- Lists runs in the order in which their rows were made, the latest first, after a row of an earlier page. A row is made when
-- the run's first span arrives, so not before its start, but for clocks that are a day wrong.
select
  t.id, t.workflow_id, t.status, t.query, u.external_id as user, t.session_id, t.mode, t.model_used, t.provider,
  to_char(t.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at,
  to_char(t.completed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as completed_at,
  t.duration_ms, t.total_tokens, t.prompt_tokens, t.completion_tokens, t.cache_read_tokens, t.cache_creation_tokens,
  coalesce(nullif(t.total_cost_nano_usd, 0), (t.total_cost_usd * 1000000000)::bigint, 0) as total_cost_nano_usd,
  t.agents_used, t.tools_invoked, t.error_message, t.metadata::jsonb as metadata,
  to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
from task_executions t
left join users u on u.id = t.user_id
where ($1::text is null or t.status = $1)
  and (($2::text is null and $3::uuid is null) or t.user_id = coalesce((select id from users where external_id = $2), $3))
  and ($4::text is null or t.session_id = $4)
  and ($5::text is null or t.model_used = $5)
  and ($6::text is null or t.mode = $6)
  and ($7::timestamptz is null or (t.started_at >= $7 and t.created_at >= $7::timestamptz - interval '1 day'))
  and ($8::timestamptz is null or t.started_at < $8)
  and ($9::timestamptz is null or (t.created_at <= $9 and (t.created_at, t.id) < ($9, $10::uuid)))
order by t.created_at desc, t.id desc
limit $11
