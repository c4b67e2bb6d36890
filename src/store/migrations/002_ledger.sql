-- What the bridge remembers. Identity is decided here, under the trace's lock, never by a conflict on a fact table.

-- one row a trace: its lock, and how often it was written. The epoch is the month in which its first span arrived.
create table spanledger.traces (
  tenant text not null,
  trace uuid not null,
  epoch date not null,
  version bigint not null,
  primary key (tenant, trace)
);

-- every span and log record that ever arrived, once, reduced to its facts (JSON); `version` is the trace's at the time
create table spanledger.spans (
  tenant text not null,
  epoch date not null,
  trace uuid not null,
  span bytea not null,
  version bigint not null,
  facts text not null,
  primary key (tenant, epoch, trace, span)
);

-- what a trace gives to a workflow (JSON): a task's row is the fold of its shares
create table spanledger.shares (
  tenant text not null,
  workflow text not null,
  trace uuid not null,
  share text not null,
  primary key (tenant, workflow, trace)
);

-- one row a workflow, kept even when its task has gone, so that seq is never given twice: its lock, its folded shares
-- (JSON, null without a task), the last number given to an event, and the greatest id of its token_usage rows so far
create table spanledger.workflows (
  tenant text not null,
  workflow text not null,
  task uuid not null,
  seq bigint not null default 0,
  last_call uuid,
  state text,
  primary key (tenant, workflow)
);
create unique index workflows_task on spanledger.workflows (task);

-- the sums behind usage_daily_aggregates (JSON), and their lock
create table spanledger.days (
  user_id uuid not null,
  date date not null,
  state text not null,
  primary key (user_id, date)
);

-- what could not be taken, with the reason and an OTLP request that holds just this
create table spanledger.refused_spans (
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
create index refused_spans_last_at on spanledger.refused_spans (last_at);
