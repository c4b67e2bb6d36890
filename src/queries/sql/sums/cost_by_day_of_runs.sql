-- Sums up the days of the books, which keep money exactly; a day that a platform sums up itself has its own sums only.
-- A state is a text of JSON, most of which is about models and tools: the money is cut out of it, since reading all of it takes
-- ten times as long. Migrations have written it with spaces. It is cut out before it is joined: states are too wide to be
-- hashed in the server's memory, and would be looked up one by one.
with books as materialized (
  select b.user_id, b.date, coalesce(
    nullif(split_part(split_part(b.state, '"costNano":{"$int":"', 2), '"', 1), '')::numeric,
    (nullif(b.state, '')::jsonb #>> '{costNano,$int}')::numeric
  ) as cost_nano_usd
  from (
    select distinct coalesce(d.user_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff') as user_id
    from usage_daily_aggregates d
    where d.date >= $1::date and d.date <= $2::date
  ) k
  join days b on b.user_id = k.user_id and b.date >= $1::date and b.date <= $2::date
)
select d.date::text as key,
  sum(d.total_tasks) as runs,
  sum(d.total_tokens) as total_tokens,
  sum(coalesce(b.cost_nano_usd, d.total_cost_usd * 1000000000))::numeric(40, 0) as cost_nano_usd
from usage_daily_aggregates d
left join books b on b.user_id = coalesce(d.user_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff') and b.date = d.date
where d.date >= $1::date and d.date <= $2::date
group by d.date
order by d.date
