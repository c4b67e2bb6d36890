-- Stores sums of hours.
insert into budget_spend (dimension, hour, value, nano_usd, tokens)
select $1::text, to_timestamp(hour_ms / 1000), value, nano_usd, tokens
from unnest($2::float8[], $3::text[], $4::bigint[], $5::bigint[]) as a (hour_ms, value, nano_usd, tokens)
on conflict (dimension, hour, value) do update set nano_usd = excluded.nano_usd, tokens = excluded.tokens
