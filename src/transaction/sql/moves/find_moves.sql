-- Finds the moves that are under way in locked traces.
select replace(trace::text, '-', '') as trace, workflow, nodes from moves where tenant = '' and trace = any ($1::uuid[])
