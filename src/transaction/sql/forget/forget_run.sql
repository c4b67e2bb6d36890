-- Removes what is left of a run whose traces are forgotten: rows that do not follow from its spans any more, and its books.
-- Only our own rows: their ids are UUIDs of version 8.
with gone_shares as (delete from shares where tenant = '' and workflow = $1),
  gone_reports as (delete from reports where tenant = '' and workflow = $1),
  gone_workflows as (delete from workflows where tenant = '' and workflow = $1),
  events as (delete from event_logs where workflow_id = $1 and substr(id::text, 15, 1) = '8'),
  usage as (delete from token_usage where task_id = any ($2::uuid[]) and substr(id::text, 15, 1) = '8'),
  tools as (delete from tool_executions where workflow_id = $1 and substr(id::text, 15, 1) = '8'),
  agents as (delete from agent_executions where workflow_id = $1 and substr(id::text, 15, 1) = '8')
delete from task_executions where workflow_id = $1 and substr(id::text, 15, 1) = '8'
