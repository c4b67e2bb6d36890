-- Says that the sums of the hours are not those of the rows any more in which these calls ended: all calls of tasks, and
-- those with an id.
with hours as materialized (
  select distinct date_trunc('hour', created_at, 'UTC') as hour from token_usage
  where (task_id = any ($1::uuid[]) or id = any ($2::uuid[])) and created_at is not null
)
insert into rollup_invalidations (kind, hour) select 'calls', hour from hours
