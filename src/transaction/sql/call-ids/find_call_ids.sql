-- Finds the ids that some trace has mentioned. Locks nothing.
select replace(key::text, '-', '') as key, replace(trace::text, '-', '') as trace, shared
from call_ids
where key = any ($1::uuid[])
