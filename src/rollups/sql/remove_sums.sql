-- Removes the sums of hours, for some dimensions.
delete from usage_rollups
where dimension = any ($1::text[]) and hour = any (array(select to_timestamp(ms / 1000) from unnest($2::float8[]) as a (ms)))
