-- Reads what the counted calls of a run come to, some at a time, by id.
select replace(u.id::text, '-', '') as id, u.model, u.prompt_tokens as prompt, u.completion_tokens as completion,
  coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)::float8 as "costNano",
  coalesce(u.unpriced, false) as "isUnpriced"
from token_usage u
where u.task_id = $1::uuid and u.id > $2::uuid
order by u.id
limit 10000
