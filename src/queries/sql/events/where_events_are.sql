-- Finds the runs that events are in now.
select e.id, e.workflow_id, e.seq::text as seq
from event_logs e
where e.id = any ($1::uuid[])
