-- Lists the tenants of this server: a tenant is a schema with our journal, books and facts in it. The default tenant's
-- books have a schema of their own.
select n.nspname as name
from pg_namespace n join pg_class c on c.relnamespace = n.oid
where n.nspname <> 'spanledger' and c.relkind in ('r', 'p') and c.relname in ('migrations', 'ledger', 'task_executions')
group by n.nspname
having count(*) = 3
order by 1
