-- Gives the usage of tasks whose user or tenant has changed the new ones: token_usage.user_id is that of its task. Only our
-- own rows: their ids are UUIDs of version 8. The list of tasks stands there twice: without a condition of its own that the
-- index takes, all rows are read, because few are expected to be ours.
update token_usage u set user_id = a.user_id, tenant_id = a.tenant_id
from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as a (task_id, user_id, tenant_id)
where u.task_id = any ($1::uuid[]) and u.task_id = a.task_id
  and (u.user_id is distinct from a.user_id or u.tenant_id is distinct from a.tenant_id)
  and substr(u.id::text, 15, 1) = '8'
