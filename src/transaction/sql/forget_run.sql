-- Takes back a run that `doctor` sent: one trace, a task and its events.
with ledger as (delete from spanledger.ledger where trace = $2::text::uuid),
  traces as (delete from spanledger.traces where trace = $2::text::uuid),
  workflows as (delete from spanledger.workflows where workflow = $1),
  events as (delete from event_logs where workflow_id = $1)
delete from task_executions where workflow_id = $1
