-- Removes the traces of which nothing is left ($1), and makes void what is in memory of those that stay ($2).
with gone_ledger as (
    delete from ledger l using traces t
    where t.tenant = '' and t.trace = any ($1::uuid[]) and (l.tenant, l.epoch, l.trace) = (t.tenant, t.epoch, t.trace)
  ),
  gone_moves as (delete from moves where tenant = '' and trace = any ($1::uuid[])),
  gone as (delete from traces where tenant = '' and trace = any ($1::uuid[]))
update traces set valid_from = version where tenant = '' and trace = any ($2::uuid[])
