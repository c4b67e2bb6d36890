-- Keeps what a comparison has found. Times are milliseconds since 1970.
insert into reconciliations (
  id, format, files, period_start, period_end, bill_nano_usd, ledger_nano_usd, unexplained_nano_usd, within_tolerance, result
)
values (
  $1, $2, $3, to_timestamp($4::double precision / 1000), to_timestamp($5::double precision / 1000), $6, $7, $8, $9, $10
)
