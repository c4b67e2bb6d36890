-- Reads locked workflows, and whether they have a trace besides those that are removed ($2). The share of billed reports,
-- in the place of trace 0, is of no trace.
select w.workflow, w.pruned,
  coalesce(w.only_trace <> all ($2::uuid[]), false) or exists (
    select from shares s
    where s.tenant = '' and s.workflow = w.workflow
      and s.trace <> all ($2::uuid[] || '00000000-0000-0000-0000-000000000000'::uuid)
  ) as stays
from workflows w
where w.tenant = '' and w.workflow = any ($1::text[])
