-- Finds the runs that a user or session has, after a run in the order of their ids. The folded share of a run says whose
-- it is, also when its task is no longer kept. $1: `user` or `session`, $2: the id, $3: the id as JSON, $4: the last run.
select workflow
from workflows
where tenant = '' and workflow > $4 and position($3 in state) > 0 and exists (
  select from jsonb_array_elements(state::jsonb -> 'best') as b (candidate)
  where candidate ->> 0 = $1 and candidate ->> 2 = $2
)
order by workflow
limit 500
