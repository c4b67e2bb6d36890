-- Reads the costs as they were written: prices may have changed since, and sums must add up with the rows (law 4).
select replace(id::text, '-', '') as id, coalesce(cost_nano_usd, 0)::text as cost from token_usage where id = any ($1::uuid[])
