-- Says what goes with a tenant: its tables, their size with indexes, and its tasks.
select count(*)::int as tables, pg_size_pretty(coalesce(sum(pg_total_relation_size(c.oid)), 0)) as size,
  (select count(*) from task_executions)::text as tasks
from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'm')
