-- Keeps what became of a webhook, unless the alert has changed meanwhile and has another one to send.
update budget_alerts b set
  delivery = $3, last_error = $4,
  next_attempt_at = case when $3 = 'pending' then time.now + make_interval(secs => $5::float8) end,
  delivered_at = case when $3 = 'sent' then time.now end
from (select statement_timestamp() as now) time
where b.id = $1::uuid and b.revision = $2 and b.delivery = 'pending'
