-- Keeps the shares of removed traces with their workflows, folded into one.
update workflows w set pruned = a.pruned
from unnest($1::text[], $2::text[]) as a (workflow, pruned)
where w.tenant = '' and w.workflow = a.workflow
