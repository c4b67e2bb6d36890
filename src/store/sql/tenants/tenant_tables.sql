-- Lists the tables of a tenant, without the partitions of each and the journal of its migrations.
select c.relname as name
from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  and c.relname <> 'migrations'
order by 1
