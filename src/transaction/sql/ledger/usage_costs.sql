-- Reads the costs as they were written, with their parts: prices may have changed since, and sums must add up with the
-- rows (law 4).
select replace(id::text, '-', '') as id, coalesce(cost_nano_usd, 0)::text as cost, unpriced,
  price_source as source, price_list_date::text as "listDate", cost_parts as parts
from token_usage where id = any ($1::uuid[])
