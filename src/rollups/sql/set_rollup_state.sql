-- Remembers which hours are summed up. The times are milliseconds since 1970.
update usage_rollup_state set kept_from = to_timestamp($1::float8 / 1000), kept_until = to_timestamp($2::float8 / 1000)
