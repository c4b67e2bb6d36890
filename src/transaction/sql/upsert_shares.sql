-- Replaces shares that exist. An upsert is possible because this table is our own and never partitioned by time.
insert into shares as s (tenant, workflow, trace, share)
select * from unnest($1::text[], $2::text[], $3::uuid[], $4::text[])
on conflict (tenant, workflow, trace) do update set share = excluded.share
