-- Replaces the first trace that mentions an id, and what is shared under it; null: no trace mentions it any more.
with a as (select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as a (key, trace, shared)),
  gone as (delete from call_ids c using a where c.key = a.key and a.trace is null)
update call_ids c set trace = a.trace, shared = a.shared from a where c.key = a.key and a.trace is not null
