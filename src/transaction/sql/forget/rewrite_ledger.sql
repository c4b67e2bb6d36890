-- Replaces entries of the ledger by what is left of them; null: nothing is.
with a as (
    select * from unnest($1::date[], $2::uuid[], $3::bigint[], $4::text[]) as a (epoch, trace, version, facts)
  ),
  gone as (
    delete from ledger l using a
    where l.tenant = '' and (l.epoch, l.trace, l.version) = (a.epoch, a.trace, a.version) and a.facts is null
  )
update ledger l set facts = a.facts from a
where l.tenant = '' and (l.epoch, l.trace, l.version) = (a.epoch, a.trace, a.version) and a.facts is not null
