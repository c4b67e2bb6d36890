-- Reads the next entries of a trace after a version, a few: each has the facts of a transaction.
select l.version::text as version, l.facts
from ledger l
where l.tenant = '' and l.epoch = $1::date and l.trace = $2::uuid and l.version > $3::bigint
order by l.version
limit 16
