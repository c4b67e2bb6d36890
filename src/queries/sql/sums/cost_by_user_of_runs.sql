-- Sums up the days of the books by user, with money exactly. null: the runs without a user.
-- A state is a text of JSON, most of which is about models and tools: the money is cut out of it, since reading all of it takes
-- ten times as long. Migrations have written it with spaces.
select u.external_id as key,
  sum(d.total_tasks) as runs,
  sum(d.total_tokens) as total_tokens,
  sum(coalesce(
    nullif(split_part(split_part(b.state, '"costNano":{"$int":"', 2), '"', 1), '')::numeric,
    (nullif(b.state, '')::jsonb #>> '{costNano,$int}')::numeric,
    d.total_cost_usd * 1000000000
  ))::numeric(40, 0) as cost_nano_usd
from usage_daily_aggregates d
left join days b on b.user_id = coalesce(d.user_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff') and b.date = d.date
left join users u on u.id = d.user_id
where d.date >= $1::date and d.date <= $2::date
group by u.external_id
