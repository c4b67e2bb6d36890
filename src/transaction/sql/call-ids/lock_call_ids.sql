-- Locks the ids that some trace has mentioned, sorted, until the commit.
select replace(key::text, '-', '') as key, replace(trace::text, '-', '') as trace, shared
from call_ids
where key = any ($1::uuid[])
order by key
for no key update
