-- Reads the catalogue as tables: what to_regclass answers may be older than the wait for a lock.
select count(*) > 0 as schema, count(c.oid) > 0 as journal
from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relname = 'migrations'
where n.nspname = 'spanledger'
