-- A task's tenant has become another one: its rows follow. Ours alone: their ids are UUIDs of version 8.
update agent_executions x set tenant_id = a.tenant_id
from unnest($1::text[], $2::uuid[]) as a (workflow_id, tenant_id)
where x.workflow_id = a.workflow_id and x.tenant_id is distinct from a.tenant_id
  and substr(x.id::text, 15, 1) = '8'
