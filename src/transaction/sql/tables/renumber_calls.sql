-- Ranks the calls of a task by start and id; the id begins with the start. Only our own rows: their ids are UUIDs of
-- version 8.
update token_usage u set call_sequence = r.rank
from (
  select id, row_number() over (partition by task_id order by id) as rank
  from token_usage where task_id = any ($1::uuid[]) and substr(id::text, 15, 1) = '8'
) r
where u.id = r.id and u.call_sequence is distinct from r.rank
