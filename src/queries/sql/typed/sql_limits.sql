-- Says what a statement that somebody has typed could do beyond reading the own tables: the schemas of other tenants that this
-- role may look into, and the functions that change something, look outside of the tables, or run text as SQL. Those that only
-- tell the time or draw numbers may be called.
select
  array(
    select n.nspname::text
    from pg_namespace n join pg_class c on c.relnamespace = n.oid
    where n.nspname <> 'spanledger' and n.nspname <> current_schema() and n.nspname <> $1
      and c.relkind in ('r', 'p') and c.relname in ('migrations', 'ledger', 'task_executions')
      and has_schema_privilege(n.oid, 'usage')
    group by n.nspname
    having count(*) = 3
  ) as others,
  array(
    select distinct p.proname::text
    from pg_proc p
    where (p.provolatile = 'v' or p.proname ~ '_to_xml' or p.proname ~ '^(pg_read|pg_ls|pg_stat_file|lo_|dblink|current_setting$)')
      and p.proname not in ('random', 'random_normal', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'uuidv4', 'uuidv7', 'uuid_generate_v4')
  ) as functions
