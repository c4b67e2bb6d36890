-- Remembers that a table keeps no row before this time. The latest time stays.
insert into pruned as p (name, before) values ($1, $2)
on conflict (name) do update set before = excluded.before where p.before < excluded.before
