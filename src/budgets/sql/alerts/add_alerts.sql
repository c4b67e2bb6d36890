-- Adds alerts that were reached.
insert into budget_alerts (id, budget, per, value, period, period_start, threshold, limit_nano_usd, limit_tokens,
  spent_nano_usd, spent_tokens, delivery, reached_at, revision, attempts, next_attempt_at)
select id, budget, per, value, period, period_start, threshold, limit_nano_usd, limit_tokens, spent_nano_usd, spent_tokens,
  delivery, statement_timestamp(), 1, 0, case when delivery = 'pending' then statement_timestamp() end
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::int[], $8::bigint[], $9::bigint[],
    $10::bigint[], $11::bigint[], $12::text[])
  as a (id, budget, per, value, period, period_start, threshold, limit_nano_usd, limit_tokens, spent_nano_usd, spent_tokens, delivery)
on conflict (id) do nothing
