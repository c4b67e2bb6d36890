-- Counts the rows of runs by table. Rows of a platform ("foreign") have ids that are not of version 8, and stay.
with runs as (select unnest($1::text[]) as workflow),
  known as (select w.workflow, w.task, w.only_trace from workflows w join runs using (workflow) where w.tenant = ''),
  run_traces as (
    select only_trace as trace from known where only_trace is not null
    union
    select s.trace from shares s join runs using (workflow) where s.tenant = ''
  ),
  run_books as (select t.* from traces t join run_traces using (trace) where t.tenant = ''),
  run_rows as (
    select 'task_executions' as "table", id from task_executions where workflow_id in (select workflow from runs)
    union all
    select 'event_logs', id from event_logs where workflow_id in (select workflow from runs)
    union all
    select 'token_usage', u.id from token_usage u where u.task_id in (
      select task from known union select id from task_executions where workflow_id in (select workflow from runs)
    )
    union all
    select 'tool_executions', id from tool_executions where workflow_id in (select workflow from runs)
    union all
    select 'agent_executions', id from agent_executions where workflow_id in (select workflow from runs)
  )
select "table", (count(*) filter (where substr(id::text, 15, 1) = '8'))::int as rows,
  (count(*) filter (where substr(id::text, 15, 1) <> '8'))::int as foreign
from run_rows group by "table"
union all
select 'ledger', count(*)::int, 0 from ledger l join run_books b using (tenant, epoch, trace)
union all
select 'traces', count(*)::int, 0 from run_books
union all
select 'shares', count(*)::int, 0 from shares s join runs using (workflow) where s.tenant = ''
union all
select 'reports', count(*)::int, 0 from reports r join runs using (workflow) where r.tenant = ''
union all
select 'workflows', count(*)::int, 0 from known
union all
select 'refused_spans', count(*)::int, 0
from refused_spans where lower(trace) in (select replace(trace::text, '-', '') from run_traces)
