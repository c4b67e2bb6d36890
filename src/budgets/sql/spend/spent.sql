-- Sums up the calls that ended in a period, by user, model, workflow name or all together, from the calls themselves.
select
  case $1::text
    when 'user' then u.user_id::text
    when 'tenant' then ''
    when 'model' then u.model
    when 'workflow_name' then left(t.metadata::jsonb ->> 'workflow_name', 255)
  end as value,
  sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint, 0))::text as nano_usd,
  sum(u.total_tokens)::text as tokens
from token_usage u
left join task_executions t on $1::text = 'workflow_name' and t.id = u.task_id
where u.created_at >= $2::timestamptz and u.created_at < $3::timestamptz
group by 1
