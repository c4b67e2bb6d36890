-- The newest entries of one partition of the ledger ($1, with its bounds $2 and $3), or of all of it, newest first, up
-- to 200 of them or 4 MB of text: the last rows in its last 64 pages. New entries are added at the end of the table, but
-- for the few that fill the place of removed ones; no index knows when an entry came. A bound on the row's place makes
-- it a look at these pages alone, however long the ledger is.
select trace, facts
from (
  select replace(trace::text, '-', '') as trace, facts, octet_length(facts) as bytes,
    row_number() over newest as nth, sum(octet_length(facts)) over newest as bytes_so_far
  from ledger
  -- the bounds let the planner choose the partition: a role needs no rights on it
  where epoch >= $2::date and epoch < $3::date and ctid >= (
    select format('(%s,0)', greatest(pg_relation_size($1::regclass) / current_setting('block_size')::bigint - 64, 0))::tid
  )
  window newest as (order by ctid desc)
) entry
where nth <= 200 and bytes_so_far - bytes < 4000000
order by nth
