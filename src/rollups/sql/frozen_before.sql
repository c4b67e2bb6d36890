-- Reads, by kind, the time before which retention has removed rows, in milliseconds since 1970: the sums of earlier hours stay.
select case name when 'token_usage' then 'calls' else 'runs' end as kind, (extract(epoch from before) * 1000)::float8 as before_ms
from pruned where name in ('token_usage', 'task_executions')
