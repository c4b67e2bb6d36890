-- Sums up sums of hours: the calls without usage of the runs that started in them, by model.
select s.key as model, sum(s.calls)::text as calls
from unnest($1::float8[], $2::float8[]) as r (since_ms, until_ms)
join usage_rollups s on s.dimension = 'uncounted' and s.hour >= to_timestamp(r.since_ms / 1000) and s.hour < to_timestamp(r.until_ms / 1000)
group by s.key
