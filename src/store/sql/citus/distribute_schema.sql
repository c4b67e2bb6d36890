-- Moves a schema to a node of Citus, with its rows. Writers wait meanwhile.
select citus_schema_distribute($1::text::regnamespace)
