update spanledger.workflows w set seq = a.seq, last_call = a.last_call, state = a.state
from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[]) as a (tenant, workflow, seq, last_call, state)
where w.tenant = a.tenant and w.workflow = a.workflow
