-- Writes down which rows of locked traces are to be moved, and marks these traces.
with parts as (
  insert into moves (tenant, trace, version, part, workflow, nodes)
  select '', trace, version, part, workflow, nodes
  from unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::text[]) as a (trace, version, part, workflow, nodes)
)
update traces set moving = true where tenant = '' and trace = any ($1::uuid[])
