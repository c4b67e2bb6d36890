-- Keeps the key of all tombstones, unless there is one.
insert into tombstone_keys (key) values (decode($1, 'hex')) on conflict do nothing
