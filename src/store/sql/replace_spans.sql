-- Another version of a span that is there has won.
update spanledger.spans s set facts = a.facts, version = a.version
from unnest($1::text[], $2::date[], $3::uuid[], $4::bytea[], $5::bigint[], $6::text[]) as a (tenant, epoch, trace, span, version, facts)
where s.tenant = a.tenant and s.epoch = a.epoch and s.trace = a.trace and s.span = a.span
