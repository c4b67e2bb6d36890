-- Reads the alerts that these budgets have in periods that began on these days, withdrawn ones too.
select replace(id::text, '-', '') as id, withdrawn_at is null as is_reached
from budget_alerts where budget = any ($1::text[]) and period_start = any ($2::date[])
