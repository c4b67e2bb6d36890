-- Adds users in the order of their external ids, so that two transactions that add the same ones wait and do not deadlock.
insert into users (id, external_id)
select id, external_id from unnest($1::uuid[], $2::text[]) as a (id, external_id)
order by external_id
on conflict (external_id) do nothing
