-- Finds the traces of workflows. The share of billed reports, in the place of trace 0, is of no trace.
select replace(trace::text, '-', '') as trace
from (
  select only_trace as trace from workflows where tenant = '' and workflow = any ($1::text[]) and only_trace is not null
  union
  select trace from shares where tenant = '' and workflow = any ($1::text[])
) t
where trace <> '00000000-0000-0000-0000-000000000000'
