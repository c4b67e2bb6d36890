-- Gives the rows of tasks whose tenant has changed the new one, as reports over a tenant's rows need it. token_usage has a
-- statement of its own. Only our own rows: their ids are UUIDs of version 8. The list of runs stands there twice, as that of
-- tasks in set_usage_owner.
with changed as (select workflow_id, tenant_id from unnest($1::text[], $2::uuid[]) as a (workflow_id, tenant_id)),
  events as (
    update event_logs x set tenant_id = c.tenant_id from changed c
    where x.workflow_id = any ($1::text[]) and x.workflow_id = c.workflow_id
      and x.tenant_id is distinct from c.tenant_id and substr(x.id::text, 15, 1) = '8'
  ),
  tools as (
    update tool_executions x set tenant_id = c.tenant_id from changed c
    where x.workflow_id = any ($1::text[]) and x.workflow_id = c.workflow_id
      and x.tenant_id is distinct from c.tenant_id and substr(x.id::text, 15, 1) = '8'
  )
update agent_executions x set tenant_id = c.tenant_id from changed c
where x.workflow_id = any ($1::text[]) and x.workflow_id = c.workflow_id
  and x.tenant_id is distinct from c.tenant_id and substr(x.id::text, 15, 1) = '8'
