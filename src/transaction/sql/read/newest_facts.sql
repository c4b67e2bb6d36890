-- The newest entries of one partition of the ledger, or of all of it ($1 and $2 are its bounds), newest first, up to 200
-- of them or 4 MB of text: the last rows in its last pages, from the page $3 on. New entries are added at the end of the
-- table, but for the few that fill the place of removed ones; no index knows when an entry came. A bound on the row's
-- place makes it a look at these pages alone, however long the ledger is.
select trace, facts
from (
  select replace(trace::text, '-', '') as trace, facts, octet_length(facts) as bytes,
    row_number() over newest as nth, sum(octet_length(facts)) over newest as bytes_so_far
  from ledger
  -- the bounds let the planner choose the partition: a role needs no rights on it
  where epoch >= $1::date and epoch < $2::date and ctid >= format('(%s,0)', $3::bigint)::tid
  window newest as (order by ctid desc)
) entry
where nth <= 200 and bytes_so_far - bytes < 4000000
order by nth
