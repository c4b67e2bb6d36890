-- Names types by their numbers.
select oid::int as type, format_type(oid, null) as name from pg_type where oid = any ($1::oid[])
