-- Finds which of these runs have a task of ours whose sums are not those of its rows.
select t.workflow_id as workflow
from task_executions t
cross join lateral (
  select coalesce(sum(u.total_tokens), 0) as tokens, coalesce(sum(u.cost_nano_usd), 0) as cost
  from token_usage u where u.task_id = t.id
) s
where t.workflow_id = any ($1::text[]) and substr(t.id::text, 15, 1) = '8' and (
  t.total_tokens <> s.tokens or t.total_cost_nano_usd is distinct from s.cost
  or t.tools_invoked <> (select count(*) from tool_executions x where x.workflow_id = t.workflow_id)
  or t.agents_used <> (select count(distinct a.agent_id) from agent_executions a where a.workflow_id = t.workflow_id)
)
