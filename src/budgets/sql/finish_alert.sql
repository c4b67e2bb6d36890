-- Keeps what became of a webhook, unless the alert has changed meanwhile and has another one to send.
update budget_alerts set
  delivery = $3, last_error = $4,
  next_attempt_at = case when $3 = 'pending' then statement_timestamp() + make_interval(secs => $5::float8) end,
  delivered_at = case when $3 = 'sent' then statement_timestamp() end
where id = $1::uuid and revision = $2 and delivery = 'pending'
