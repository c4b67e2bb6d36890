-- Budgets: the alerts that were reached, and the sums by hour from which they follow. Empty where no budget is configured.
create table budget_alerts (
  id uuid primary key,
  budget text not null,
  per text not null,
  value text not null,
  period text not null,
  period_start date not null,
  threshold integer not null,
  limit_nano_usd bigint,
  limit_tokens bigint,
  spent_nano_usd bigint not null,
  spent_tokens bigint not null,
  reached_at timestamptz not null,
  withdrawn_at timestamptz,
  revision integer not null,
  delivery text not null,
  attempts integer not null,
  next_attempt_at timestamptz,
  delivered_at timestamptz,
  last_error text
);

create index budget_alerts_period on budget_alerts (period_start);

create index budget_alerts_pending on budget_alerts (next_attempt_at) where delivery = 'pending';

create table budget_spend (
  dimension text not null,
  hour timestamptz not null,
  value text not null,
  nano_usd bigint not null,
  tokens bigint not null,
  primary key (dimension, hour, value)
);

create index budget_spend_value on budget_spend (dimension, value, hour);

-- which months of budget_spend are whole, and when that was seen; a row without a dimension asks for its month
create table budget_months (
  dimension text not null,
  month date not null,
  checked_at timestamptz not null,
  primary key (dimension, month)
);

-- one row, which is locked while alerts are decided
create table budget_checks (
  only_one boolean primary key,
  checked_at timestamptz not null
);
