-- Lets one check at a time decide the alerts of these tables: two of them that see each other's sums only in part would both
-- miss a limit that these reach together. Returns when the last hours were looked at, and the database's time, in
-- milliseconds since 1970.
insert into budget_checks as c (only_one, checked_at) values (true, '1970-01-01 00:00Z')
on conflict (only_one) do update set checked_at = c.checked_at
returning (extract(epoch from checked_at) * 1000)::float8 as checked_ms, (extract(epoch from statement_timestamp()) * 1000)::float8 as now_ms
