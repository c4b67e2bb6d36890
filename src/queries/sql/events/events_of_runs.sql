-- Reads the events of several runs, of each after a number of its own, at most 200 of each.
select e.seq, to_char(e.timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as timestamp, e.workflow_id,
  e.type, e.agent_id, e.message, e.id
from unnest($1::text[], $2::bigint[]) as f (workflow, seq)
cross join lateral (
  select * from event_logs l where l.workflow_id = f.workflow and l.seq > f.seq order by l.seq limit 200
) e
order by e.timestamp, e.workflow_id, e.seq
