-- Says whether a schema is on a node of Citus. The table is there from Citus 12 on.
select exists (select from pg_dist_schema where schemaid = to_regnamespace($1)) as distributed
