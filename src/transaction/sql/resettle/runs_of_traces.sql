-- Finds which of the given workflows ($1) have a part of one of the given traces ($2).
select workflow from workflows w
where w.tenant = '' and w.workflow = any ($1::text[]) and (
  w.only_trace = any ($2::uuid[])
  or exists (select from shares s where s.tenant = '' and s.workflow = w.workflow and s.trace = any ($2::uuid[]))
)
