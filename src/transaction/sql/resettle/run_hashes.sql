-- Reads a hash of each of our rows of some runs, and the sums of their tasks. Ids of version 8 are ours. $2 has the hashes in
-- the ids of the rows that may change; null: all. Calls are read whole, since each may get another number.
with tasks as (
  select * from task_executions where workflow_id = any ($1::text[]) and substr(id::text, 15, 1) = '8'
)
select 'task_executions' as "table", t.id, md5(t::text) as hash, t.total_tokens as tokens,
  t.total_cost_nano_usd::text as "costNano"
from tasks t
union all
select 'event_logs', e.id, md5(e::text), null, null
from event_logs e where e.workflow_id = any ($1::text[]) and substr(e.id::text, 15, 1) = '8'
  and ($2::text[] is null or substr(e.id::text, 15, 18) = any ($2::text[]))
union all
select 'token_usage', u.id, md5(u::text), null, null
from token_usage u where u.task_id in (select id from tasks) and substr(u.id::text, 15, 1) = '8'
union all
select 'tool_executions', x.id, md5(x::text), null, null
from tool_executions x where x.workflow_id = any ($1::text[]) and substr(x.id::text, 15, 1) = '8'
  and ($2::text[] is null or substr(x.id::text, 15, 18) = any ($2::text[]))
union all
select 'agent_executions', a.id, md5(a::text), null, null
from agent_executions a where a.workflow_id = any ($1::text[]) and substr(a.id::text, 15, 1) = '8'
  and ($2::text[] is null or substr(a.id::text, 15, 18) = any ($2::text[]))
