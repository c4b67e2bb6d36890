-- What the bridge remembers. Identity is decided here, under the trace's lock, never by a conflict on a fact table.

-- one row a trace: its lock, and how often it was written. The epoch is the month in which its first span arrived.
create table traces (
  tenant text not null,
  trace uuid not null,
  epoch date not null,
  version bigint not null,
  primary key (tenant, trace)
);

-- what arrived for a trace in one transaction: the facts of its new spans and log records, and of versions that won
-- over known ones (JSON, a list). A trace is all its entries, settled again; nothing here is ever changed.
create table ledger (
  tenant text not null,
  epoch date not null,
  trace uuid not null,
  version bigint not null,
  facts text not null,
  primary key (tenant, epoch, trace, version)
) with (toast_tuple_target = 8160);

-- Citus takes no such statement; there the entries are stored as all texts are
do $$
begin
  if not exists (select from pg_extension where extname = 'citus') then
    alter table ledger alter column facts set storage main;
  end if;
end $$;

-- what a trace gives to a workflow that has several (JSON): a task's row is the fold of its shares
create table shares (
  tenant text not null,
  workflow text not null,
  trace uuid not null,
  share text not null,
  primary key (tenant, workflow, trace)
);

-- one row a workflow, kept even when its task has gone, so that seq is never given twice: its lock, its folded shares
-- (JSON, null without a task), the trace whose share that is if it has no other, the last number given to an event, and
-- the greatest id of its token_usage rows so far
create table workflows (
  tenant text not null,
  workflow text not null,
  task uuid not null,
  seq bigint not null default 0,
  last_call uuid,
  only_trace uuid,
  state text,
  primary key (tenant, workflow)
);

create unique index workflows_task on workflows (task);

-- the sums behind usage_daily_aggregates (JSON), and their lock
create table days (
  user_id uuid not null,
  date date not null,
  state text not null,
  primary key (user_id, date)
);

-- what could not be taken, with the reason and an OTLP request that holds just this
create table refused_spans (
  id uuid primary key,
  tenant text not null,
  signal text not null,
  trace text not null,
  span text not null,
  name text not null,
  reason text not null,
  message text not null,
  format text not null,
  body bytea not null,
  times integer not null default 1,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now()
);

create index refused_spans_last_at on refused_spans (last_at);
