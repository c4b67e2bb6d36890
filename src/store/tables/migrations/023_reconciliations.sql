-- What `spanledger reconcile` has found, so that it can be seen whether the ledger and the bills come closer.
create table reconciliations (
  id uuid primary key,
  reconciled_at timestamptz not null default now(),
  format text not null,
  files text not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  bill_nano_usd bigint not null,
  ledger_nano_usd bigint not null,
  unexplained_nano_usd bigint not null,
  within_tolerance boolean not null,
  result text not null
);

create index on reconciliations (reconciled_at);
