-- Takes alerts whose webhook is due, for so many seconds: if this process is gone then, another one sends it.
with due as (
  select id from budget_alerts
  where delivery = 'pending' and next_attempt_at <= statement_timestamp()
  order by next_attempt_at limit $1::int
  for update skip locked
)
update budget_alerts b set attempts = b.attempts + 1, next_attempt_at = statement_timestamp() + make_interval(secs => $2::float8)
from due where b.id = due.id
returning replace(b.id::text, '-', '') as id, b.budget, b.per, b.value, b.period,
  lpad(extract(year from b.period_start)::int::text, 4, '0') || '-' || lpad(extract(month from b.period_start)::int::text, 2, '0') || '-'
    || lpad(extract(day from b.period_start)::int::text, 2, '0') as period_start, b.threshold,
  b.limit_nano_usd::text as limit_nano_usd, b.limit_tokens::text as limit_tokens, b.spent_nano_usd::text as spent_nano_usd,
  b.spent_tokens::text as spent_tokens, coalesce(b.withdrawn_at, b.reached_at) as changed_at, b.withdrawn_at is null as is_reached,
  b.revision, b.attempts
