-- The facts of the ledger are JSON, a sixth of all that a span writes to the write-ahead log: lz4 makes a third of them, in
-- the time that writing the rest takes. A server without lz4 keeps them as they are, because pglz takes ten times as long.
do $$
declare
  part regclass;
begin
  if exists (select from pg_extension where extname = 'citus') then return; end if;
  -- the partitions too, since a change of the partitioned table holds for later ones only
  for part in select to_regclass('ledger') union select relid from pg_partition_tree(to_regclass('ledger')) loop
    execute format('alter table %s alter column facts set compression lz4', part);
    if (select relkind from pg_class where oid = part) = 'r' then
      execute format('alter table %s set (toast_tuple_target = 512)', part);
    end if;
  end loop;
exception when feature_not_supported then
  raise notice 'this server has no lz4: the ledger is not compressed';
end $$;
