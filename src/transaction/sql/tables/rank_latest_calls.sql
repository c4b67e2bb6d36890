-- Ranks the calls of a task ($1) from one ($2) on by start and id, of so many calls in all ($3): the last one has this rank.
-- The id begins with the start. Only our own rows: their ids are UUIDs of version 8.
update token_usage u set call_sequence = r.rank
from (
  select id, created_at, $3::int + 1 - row_number() over (order by id desc) as rank
  from token_usage where task_id = $1::uuid and id >= $2::uuid and substr(id::text, 15, 1) = '8'
) r
where u.id = r.id and u.created_at = r.created_at and u.call_sequence is distinct from r.rank
