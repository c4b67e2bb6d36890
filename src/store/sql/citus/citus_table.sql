-- Finds a relation among those that are on nodes of Citus.
select from pg_dist_partition where logicalrelid = $1::regclass
