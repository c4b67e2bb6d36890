-- Reads the events of a run after a number, in their order.
select e.seq, to_char(e.timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as timestamp, e.workflow_id,
  e.type, e.agent_id, e.message, e.id
from event_logs e
where e.workflow_id = $1 and e.seq > $2::bigint
order by e.seq
limit $3
