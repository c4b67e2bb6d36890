-- Finds the numbers up to one that no event of a run has any more: its event has moved, or was withdrawn. Numbers are given
-- without a gap.
with numbered as (
  select e.seq, lag(e.seq, 1, 0::bigint) over (order by e.seq) as before
  from event_logs e
  where e.workflow_id = $1 and e.seq <= $2::bigint
)
select (before + 1)::text as "from", (seq - 1)::text as "to" from numbered where seq > before + 1
union all
select (coalesce(max(seq), 0) + 1)::text, $2::bigint::text from numbered having coalesce(max(seq), 0) < $2::bigint
limit 10000
