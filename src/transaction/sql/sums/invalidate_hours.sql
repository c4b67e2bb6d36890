-- Says of which hours the sums are not those of the rows any more. The times are milliseconds since 1970.
insert into rollup_invalidations (kind, hour)
select kind, to_timestamp(ms / 1000) from unnest($1::text[], $2::float8[]) as a (kind, ms)
