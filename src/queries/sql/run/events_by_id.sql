-- Reads the payloads of events by their ids and times, which say in which month they are.
select e.type, e.payload::jsonb as payload
from event_logs e
where e.id = any ($1::uuid[]) and e.workflow_id = $2
  and e.timestamp between $3::timestamptz and $4::timestamptz
order by e.seq
limit 200
