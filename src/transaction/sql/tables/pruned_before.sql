-- Reads before which times retention has removed rows, by table, in nanoseconds since 1970.
select name, (extract(epoch from before) * 1000000000)::bigint::text as before from pruned
