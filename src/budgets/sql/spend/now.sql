-- Reads the database's time, in milliseconds since 1970.
select (extract(epoch from statement_timestamp()) * 1000)::float8 as now_ms
