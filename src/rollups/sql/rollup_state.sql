-- Locks the state until the commit, and reads which hours are summed up, and the database's time, in milliseconds since 1970.
-- At first no hour is: $1 is the present time then, in milliseconds since 1970; null: the database's.
insert into usage_rollup_state as s (only_one, kept_from, kept_until)
select true, hour, hour from date_trunc('hour', coalesce(to_timestamp($1::float8 / 1000), statement_timestamp()), 'UTC') as hour
on conflict (only_one) do update set kept_from = s.kept_from
returning (extract(epoch from kept_from) * 1000)::float8 as from_ms, (extract(epoch from kept_until) * 1000)::float8 as until_ms,
  (extract(epoch from statement_timestamp()) * 1000)::float8 as now_ms
