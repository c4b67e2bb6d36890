-- Replaces shares that exist. An upsert is possible because this table is our own and never partitioned by time.
insert into shares as s (tenant, workflow, trace, share)
select '', workflow, trace, share from unnest($1::text[], $2::uuid[], $3::text[]) as a (workflow, trace, share)
on conflict (tenant, workflow, trace) do update set share = excluded.share
