-- Lists the hours in which calls of these tasks ended, in milliseconds since 1970.
select distinct (extract(epoch from date_trunc('hour', created_at at time zone 'UTC')) * 1000)::float8 as hour_ms
from token_usage where task_id = any ($1::uuid[])
