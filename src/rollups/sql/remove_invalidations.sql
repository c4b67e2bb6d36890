-- Removes the invalidations of hours that are summed up after this in the same transaction, or that are not kept.
delete from rollup_invalidations i using unnest($1::text[], $2::float8[]) as a (kind, ms)
where i.kind = a.kind and i.hour = to_timestamp(a.ms / 1000)
