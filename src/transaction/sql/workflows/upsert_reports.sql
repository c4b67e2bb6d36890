-- Replaces reports that exist. An upsert is possible because this table is our own and never partitioned by time.
insert into reports as r (tenant, workflow, id, keys, report, billed, better)
select '', $1, id, array(select jsonb_array_elements_text(keys::jsonb)), report, billed, better
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[]) as a (id, keys, report, billed, better)
on conflict (tenant, workflow, id) do update
set keys = excluded.keys, report = excluded.report, billed = excluded.billed, better = excluded.better
