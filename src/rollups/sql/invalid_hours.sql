-- Lists the hours whose rows have changed, the latest first, in milliseconds since 1970.
select kind, (extract(epoch from hour) * 1000)::float8 as hour_ms from rollup_invalidations group by kind, hour order by hour desc
