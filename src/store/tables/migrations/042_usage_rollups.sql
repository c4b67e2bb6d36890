-- Sums of token_usage by hour for reports over long times, as continuous aggregates of TimescaleDB keep them: the hours of
-- usage_rollup_state are summed up in usage_rollups, but for those in rollup_invalidations, which are read from the rows.
create table usage_rollups (
  dimension text not null,
  hour timestamptz not null,
  key text not null,
  calls bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  total_tokens bigint not null,
  cache_read_tokens bigint not null,
  cache_creation_tokens bigint not null,
  reasoning_tokens bigint not null,
  cost_nano_usd numeric not null,
  unpriced_calls bigint not null,
  unpriced_tokens bigint not null,
  primary key (dimension, hour, key)
);

-- one row, which is locked while hours are summed up
create table usage_rollup_state (
  only_one boolean primary key,
  kept_from timestamptz not null,
  kept_until timestamptz not null
);

-- a row for each transaction and hour in which it has changed calls, written in that transaction: no two of them wait for one row
create table rollup_invalidations (
  kind text not null,
  hour timestamptz not null,
  id uuid not null default gen_random_uuid(),
  primary key (kind, hour, id)
);
