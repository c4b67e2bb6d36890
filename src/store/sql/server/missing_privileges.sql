-- Lists the privileges that this role lacks on the tables that a receiver writes. The books are in the first schema of the
-- search_path; what lies there is named with it.
with wanted (relation) as (
  select oid from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
    -- rows that wait to be archived are nobody else's
    and relname !~ '_expired_[0-9]+$'
  union
  select to_regclass(name) from unnest($1::text[]) as name where to_regclass(name) is not null
)
select
  case c.relnamespace when current_schema()::regnamespace then format('%I.%I', current_schema(), c.relname) else c.oid::regclass::text end as "table",
  string_agg(privilege, ', ' order by privilege) as privileges
from wanted join pg_class c on c.oid = relation, unnest(array['select', 'insert', 'update', 'delete']) as privilege
where not has_table_privilege(relation, privilege)
  -- `migrate` writes the journal, with a role that may create tables; users only grow
  and (relation <> to_regclass('migrations') or privilege = 'select')
  and (relation <> to_regclass('users') or privilege in ('select', 'insert'))
group by c.oid
order by 1
