-- Lists what comparisons have found, the latest first.
select id, reconciled_at as at, format, files, period_start as "from", period_end as "to", bill_nano_usd::text as bill,
  ledger_nano_usd::text as ledger, unexplained_nano_usd::text as unexplained, within_tolerance as "isWithin"
from reconciliations
order by reconciled_at desc, id
limit $1
