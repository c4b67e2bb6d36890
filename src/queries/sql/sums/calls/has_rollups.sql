-- Whether this role may read the sums by hour, which are among the books: a role for readers has the facts alone.
select coalesce(bool_and(has_table_privilege(to_regclass(name), 'select')), false) as readable
from unnest(array['usage_rollups', 'usage_rollup_state', 'rollup_invalidations', 'pruned']) as a (name)
