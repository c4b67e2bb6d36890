-- Finds the next part of a locked trace to move, and how many parts are left, of the same workflow and in all.
select version::text, part, workflow, nodes, (count(*) over (partition by workflow))::int as "leftOfWorkflow",
  (count(*) over ())::int as left
from moves
where tenant = '' and trace = $1
order by version, part
limit 1
