-- Replaces reports that exist. An upsert is possible because this table is our own and never partitioned by time.
insert into reports as r (tenant, workflow, id, keys, report, billed, better)
select tenant, workflow, id, array(select jsonb_array_elements_text(keys::jsonb)), report, billed, better
from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[])
  as a (tenant, workflow, id, keys, report, billed, better)
on conflict (tenant, workflow, id) do update
set keys = excluded.keys, report = excluded.report, billed = excluded.billed, better = excluded.better
