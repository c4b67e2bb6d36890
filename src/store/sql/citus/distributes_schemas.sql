-- Says whether the database is one of Citus 12 or newer.
select to_regclass('pg_catalog.pg_dist_schema') is not null as distributes
