-- Returns the size of a relation in blocks.
select (pg_relation_size($1::regclass) / current_setting('block_size')::bigint)::integer as blocks
