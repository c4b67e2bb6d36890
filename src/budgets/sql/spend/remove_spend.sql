-- Removes the sums of hours in which there are no calls any more.
delete from budget_spend b using unnest($2::float8[], $3::text[]) as a (hour_ms, value)
where b.dimension = $1::text and b.hour = to_timestamp(a.hour_ms / 1000) and b.value = a.value
