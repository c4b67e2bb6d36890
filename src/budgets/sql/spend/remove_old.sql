-- Removes sums of months that are looked at no more, and alerts that are older than 400 days. A month that changes again is
-- summed up anew.
with sums as (delete from budget_spend where hour < $1::timestamptz),
  months as (delete from budget_months where month < $2::date and dimension <> '')
delete from budget_alerts where period_start < current_date - 400
