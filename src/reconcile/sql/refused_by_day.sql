-- Counts the spans and records that were refused, by the day on which they came first.
select (extract(epoch from date_trunc('day', first_at, 'UTC')) * 1000)::bigint::text as at, count(*)::text as spans
from refused_spans
where first_at >= to_timestamp($1::double precision / 1000) and first_at < to_timestamp($2::double precision / 1000)
group by 1
