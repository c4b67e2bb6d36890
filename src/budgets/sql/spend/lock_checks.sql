-- Lets one check at a time decide the alerts of these tables: two of them that see each other's sums only in part would both
-- miss a limit that these reach together. Returns when the last hours were looked at, in milliseconds since 1970.
insert into budget_checks as c (only_one, checked_at) values (true, '1970-01-01 00:00Z')
on conflict (only_one) do update set checked_at = c.checked_at
returning (extract(epoch from checked_at at time zone 'UTC') * 1000)::float8 as checked_ms
