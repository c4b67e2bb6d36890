-- Reads the events of a run after a number, with the spans that they are of.
select e.seq::text as seq, e.id, to_char(e.timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as timestamp, e.type,
  e.agent_id as agent, e.message, e.payload::jsonb ->> 'trace_id' as trace_id, e.payload::jsonb ->> 'span_id' as span_id
from event_logs e
where e.workflow_id = $1 and e.seq > $2::bigint
order by e.seq
limit $3
