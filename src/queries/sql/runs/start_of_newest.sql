-- Finds when the run began that is the last of so many newest ones before a time; none where there are fewer.
select to_char(t.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as since
from task_executions t
where $1::timestamptz is null or t.started_at < $1
order by t.started_at desc, t.id desc
offset $2::int
limit 1
