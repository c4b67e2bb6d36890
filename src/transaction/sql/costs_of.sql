select replace(id::text, '-', '') as id, coalesce(cost_nano_usd, 0)::text as cost from token_usage where id = any ($1::uuid[])
