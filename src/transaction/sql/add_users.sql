insert into users (id, external_id)
select id, external_id from unnest($1::uuid[], $2::text[]) as a (id, external_id)
order by external_id
on conflict (external_id) do nothing
