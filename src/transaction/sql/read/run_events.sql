-- Reads the events of a run, in their order.
select
  (extract(epoch from e.timestamp - t.started_at) * 1000)::int4 as after_ms, e.type, e.agent_id, e.message
from event_logs e join task_executions t using (workflow_id)
where e.workflow_id = $1
order by e.seq
