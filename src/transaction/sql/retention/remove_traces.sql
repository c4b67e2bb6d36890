-- Removes locked traces. Their entries in the ledger stay where these go with their partition: those before $3.
with gone_ledger as (
    delete from ledger l using unnest($1::date[], $2::uuid[]) as a (epoch, trace)
    where l.tenant = '' and l.epoch >= $3::date and l.epoch = a.epoch and l.trace = a.trace
  ),
  gone_moves as (delete from moves where tenant = '' and trace = any ($2::uuid[]))
delete from traces where tenant = '' and trace = any ($2::uuid[])
