-- Moves all that is remembered of locked traces from their epochs to this month.
with this as (select date_trunc('month', now() at time zone 'UTC')::date as month),
  moved as (
    update ledger l set epoch = this.month
    from unnest($1::date[], $2::uuid[]) as a (epoch, trace), this
    where l.tenant = '' and l.epoch = a.epoch and l.trace = a.trace
  )
update traces set epoch = this.month from this where tenant = '' and trace = any ($2::uuid[])
