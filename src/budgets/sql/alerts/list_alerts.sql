-- Lists the alerts of periods that began on these days.
select replace(id::text, '-', '') as id, reached_at, withdrawn_at, delivery from budget_alerts where period_start = any ($1::date[])
