-- Says whether the server is at work for a connection, null where there is none, and ends it where it waits for its client.
-- The port tells it from another one that has got its number meanwhile. `probe` is the number of the asking connection. A
-- coordinator of Citus that waits for a worker looks as if it waited for its client.
with silent as (
  select pid, client_port, state not like 'idle%'
    and (wait_event_type is distinct from 'Client' or current_setting('citus.shard_count', true) is not null) as working
  from pg_stat_activity where pid = $1)
select pg_backend_pid() as probe, (select working from silent) as working,
  (select pg_terminate_backend(pid) from silent where not working and client_port = $2) as ended
