-- Finds the runs that match a filter; null parts of it match all. A row is made when the run's first span arrives, so not before
-- the run's start, but for clocks that are a day wrong: that bounds the months that are looked at. Columns are computed of the
-- rows of the page alone. What is in braces is filled in by queries/runs/runs.ts.
select {columns}
from (
  select t.*
  from task_executions t
  where ($1::text is null or t.status = $1)
    and ($2::text is null or t.user_id = coalesce((select id from users where external_id = $2), $3::uuid))
    and ($4::text is null or t.session_id = $4)
    and ($5::text is null or t.model_used = $5)
    and ($6::text is null or t.provider = $6)
    and ($7::text is null or t.mode = $7)
    and ($8::text is null or exists (select from tool_executions x where x.workflow_id = t.workflow_id and x.tool_name = $8))
    and ($9::text is null or exists (select from agent_executions a where a.workflow_id = t.workflow_id and a.agent_id = $9))
    and ($10::text is null or t.workflow_id like $10)
    and ($11::text is null or strpos(lower(t.query), lower($11)) > 0 or strpos(lower(t.error_message), lower($11)) > 0)
    and ($12::timestamptz is null or (t.started_at >= $12 and t.created_at >= $12::timestamptz - interval '1 day'))
    and ($13::timestamptz is null or t.started_at < $13)
    {page}
) t
left join users u on u.id = t.user_id
{order}
