-- Lists the privileges that this role lacks on the tables that a receiver writes.
with wanted (relation) as (
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'spanledger' and c.relkind in ('r', 'p')
  union all
  select to_regclass(name) from unnest($1::text[]) as name where to_regclass(name) is not null
)
select relation::regclass::text as "table", string_agg(privilege, ', ' order by privilege) as privileges
from wanted, unnest(array['select', 'insert', 'update', 'delete']) as privilege
where not has_table_privilege(relation, privilege)
  -- `migrate` writes the journal, with a role that may create tables; users only grow
  and (relation <> to_regclass('spanledger.migrations') or privilege = 'select')
  and (relation <> to_regclass('users') or privilege in ('select', 'insert'))
group by relation
order by 1
