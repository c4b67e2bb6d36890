-- Reads before which time retention has removed traces from the ledger, in nanoseconds since 1970.
select (extract(epoch from before) * 1000000000)::bigint::text as before from pruned where name = 'ledger'
