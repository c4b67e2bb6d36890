-- Sums up the days of the books, which keep money exactly; a day that a platform sums up itself has its own sums only.
select d.date::text as key,
  sum(d.total_tasks) as runs,
  sum(d.total_tokens) as total_tokens,
  sum(coalesce((b.state::jsonb #>> '{costNano,$int}')::numeric, d.total_cost_usd * 1000000000))::numeric(40, 0) as cost_nano_usd
from usage_daily_aggregates d
left join days b on b.user_id = coalesce(d.user_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff') and b.date = d.date
where d.date >= $1::date and d.date <= $2::date
group by d.date
order by d.date
