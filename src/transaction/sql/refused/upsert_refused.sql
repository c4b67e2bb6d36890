-- Keeps refused spans. The same span refused again is counted, not kept twice. `excluded.last_at` is now: Citus takes no
-- function here that isn't immutable.
insert into refused_spans as r (id, tenant, signal, trace, span, name, reason, message, format, body)
select id, '', signal, trace, span, name, reason, message, format, body
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[])
  as a (id, signal, trace, span, name, reason, message, format, body)
order by 1
on conflict (id) do update set times = r.times + 1, last_at = excluded.last_at
