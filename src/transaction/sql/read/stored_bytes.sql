-- Sums up what the ledger stores of traces, in bytes, compressed as it is.
select coalesce(sum(pg_column_size(l.facts)), 0)::float8 as bytes
from unnest($1::date[], $2::uuid[]) as known (epoch, trace)
join ledger l on l.tenant = '' and l.epoch = known.epoch and l.trace = known.trace
