-- Moves of rows to another workflow that are too large for one transaction: a row has the nodes of one further
-- transaction, which are still in the workflow that they had before.
create table moves (
  tenant text not null,
  trace uuid not null,
  version bigint not null,
  part integer not null,
  workflow text not null,
  nodes text not null,
  moved_at timestamptz not null default now(),
  primary key (tenant, trace, version, part)
);

-- the trace has rows in moves; read with its lock
alter table traces add column moving boolean not null default false;
