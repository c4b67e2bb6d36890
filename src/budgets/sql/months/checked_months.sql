-- Lists the months that are whole in budget_spend, and when that was seen, in milliseconds since 1970.
select dimension, month::text as month, (extract(epoch from checked_at) * 1000)::float8 as checked_ms from budget_months
