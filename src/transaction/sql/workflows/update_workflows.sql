-- Stores the state of locked workflows, from which the next transaction goes on.
update workflows w set seq = a.seq, last_call = a.last_call, only_trace = a.only_trace, state = a.state
from unnest($1::text[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[]) as a (workflow, seq, last_call, only_trace, state)
where w.tenant = '' and w.workflow = a.workflow
