-- Whether no trace that is remembered contributes to a locked run any more. The share of billed reports, in the place of
-- trace 0, is of no trace.
select w.state is null or (
  w.only_trace is null and not exists (
    select from shares s
    where s.tenant = '' and s.workflow = w.workflow and s.trace <> '00000000-0000-0000-0000-000000000000'
  )
) as emptied
from workflows w where w.tenant = '' and w.workflow = $1
