-- Withdraws alerts whose reason is gone, and reaches withdrawn ones again. Each is another revision, with a webhook of its own.
update budget_alerts b set
  withdrawn_at = case when a.is_reached then null else time.now end,
  reached_at = case when a.is_reached then time.now else b.reached_at end,
  spent_nano_usd = a.spent_nano_usd, spent_tokens = a.spent_tokens, revision = b.revision + 1,
  delivery = a.delivery, attempts = 0, delivered_at = null, last_error = null,
  next_attempt_at = case when a.delivery = 'pending' then time.now end
from (select statement_timestamp() as now) time, unnest($1::uuid[], $2::boolean[], $3::bigint[], $4::bigint[], $5::text[])
  as a (id, is_reached, spent_nano_usd, spent_tokens, delivery)
where b.id = a.id
