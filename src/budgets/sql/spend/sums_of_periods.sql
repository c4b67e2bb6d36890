-- Reads what values have spent by day or month, of those that begin in a time.
select value, date_trunc($2::text, hour at time zone 'UTC')::date::text as start, sum(nano_usd)::text as nano_usd,
  sum(tokens)::text as tokens
from budget_spend
where dimension = $1::text and value = any ($3::text[]) and hour >= $4::timestamptz and hour < $5::timestamptz
group by 1, 2
