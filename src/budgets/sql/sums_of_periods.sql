-- Reads what was spent in periods by one value each, in the order in which they were asked for.
select coalesce(sum(b.nano_usd), 0)::text as nano_usd, coalesce(sum(b.tokens), 0)::text as tokens
from unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) with ordinality as p (value, since, until, place)
left join budget_spend b on b.dimension = $1 and b.value = p.value and b.hour >= p.since and b.hour < p.until
group by p.place
order by p.place
