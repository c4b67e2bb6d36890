-- Adds the ids that traces mention, sorted, and locks them until the commit. Returns those that were there, as they are
-- after the wait: xmax is 0 in a row that is new.
with added as (
  insert into call_ids as c (key, trace)
  select key, trace
  from unnest($1::uuid[], $2::uuid[]) as a (key, trace)
  order by key
  on conflict (key) do update set trace = c.trace
  returning key, trace, shared, xmax <> 0 as was_there
)
select replace(key::text, '-', '') as key, replace(trace::text, '-', '') as trace, shared
from added
where was_there
