-- Removes a run, and all that is remembered of it and of its traces, which must be of no other run.
with gone_ledger as (
    delete from ledger l using traces t
    where t.tenant = '' and t.trace = any ($2::uuid[]) and (l.tenant, l.epoch, l.trace) = (t.tenant, t.epoch, t.trace)
  ),
  gone_moves as (delete from moves where tenant = '' and trace = any ($2::uuid[])),
  gone_traces as (delete from traces where tenant = '' and trace = any ($2::uuid[])),
  gone_shares as (delete from shares where tenant = '' and workflow = $1),
  gone_reports as (delete from reports where tenant = '' and workflow = $1),
  gone_workflows as (delete from workflows where tenant = '' and workflow = $1),
  events as (delete from event_logs where workflow_id = $1),
  usage as (delete from token_usage where task_id in (select id from task_executions where workflow_id = $1)),
  tools as (delete from tool_executions where workflow_id = $1),
  agents as (delete from agent_executions where workflow_id = $1)
delete from task_executions where workflow_id = $1
