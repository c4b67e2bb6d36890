-- Removes what is kept of locked workflows that have no trace any more.
with gone_shares as (delete from shares where tenant = '' and workflow = any ($1::text[])),
  gone_reports as (delete from reports where tenant = '' and workflow = any ($1::text[]))
delete from workflows where tenant = '' and workflow = any ($1::text[])
