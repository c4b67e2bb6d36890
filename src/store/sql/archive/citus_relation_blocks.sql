-- Returns the size, in blocks, of a relation that is on a node of Citus.
select (citus_relation_size($1::regclass) / current_setting('block_size')::bigint)::integer as blocks
