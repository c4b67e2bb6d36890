-- Reads what traces ($2) give to runs ($1) by the books, also where a run has no other trace.
select workflow, replace(trace::text, '-', '') as trace, share
from shares
where tenant = '' and workflow = any ($1::text[]) and trace = any ($2::uuid[])
union all
select workflow, replace(only_trace::text, '-', ''), state
from workflows
where tenant = '' and workflow = any ($1::text[]) and only_trace = any ($2::uuid[]) and state is not null
