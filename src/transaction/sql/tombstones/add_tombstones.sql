-- Keeps the keyed hashes of what is forgotten, in one order, so that two transactions wait and do not deadlock.
insert into tombstones (hash) select hash from unnest($1::bytea[]) as a (hash) order by hash on conflict (hash) do nothing
