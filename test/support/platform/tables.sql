-- An agent platform's own tables, as they are before Spanledger comes: with its foreign keys and its trigger.
create extension if not exists "uuid-ossp";

create table users (
  id uuid primary key default uuid_generate_v4(),
  external_id varchar(255) unique not null,
  email varchar(255),
  tenant_id uuid,
  metadata jsonb default '{}',
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table task_executions (
  id uuid primary key default uuid_generate_v4(),
  workflow_id varchar(255) unique not null,
  user_id uuid references users (id),
  tenant_id uuid,
  session_id varchar(255),
  query text not null,
  mode varchar(50),
  status varchar(50) not null,
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  result text,
  response jsonb default '{}',
  error_message text,
  total_tokens integer default 0,
  prompt_tokens integer default 0,
  completion_tokens integer default 0,
  total_cost_usd decimal(10,6) default 0,
  duration_ms integer,
  agents_used integer default 0,
  tools_invoked integer default 0,
  cache_hits integer default 0,
  complexity_score decimal(3,2),
  metadata jsonb,
  created_at timestamptz default now()
);

create table event_logs (
  id uuid primary key default uuid_generate_v4(),
  workflow_id varchar(255) not null,
  task_id uuid references task_executions (id),
  type varchar(100) not null,
  agent_id varchar(255),
  message text,
  payload jsonb default '{}',
  timestamp timestamptz not null default now(),
  seq bigint,
  stream_id varchar(64),
  created_at timestamptz not null default now()
);
create unique index uq_event_logs_wf_type_seq on event_logs (workflow_id, type, seq) where seq is not null;

create table token_usage (
  id uuid primary key default uuid_generate_v4(),
  user_id uuid references users (id),
  task_id uuid references task_executions (id),
  provider varchar(50) not null,
  model varchar(255) not null,
  prompt_tokens integer not null,
  completion_tokens integer not null,
  total_tokens integer not null,
  cost_usd decimal(10,6) not null,
  created_at timestamptz default now()
);

create table usage_daily_aggregates (
  id uuid primary key default uuid_generate_v4(),
  user_id uuid references users (id),
  date date not null,
  total_tasks integer default 0,
  successful_tasks integer default 0,
  failed_tasks integer default 0,
  total_tokens integer default 0,
  total_cost_usd decimal(10,6) default 0,
  model_usage jsonb,
  tools_invoked integer default 0,
  tool_distribution jsonb,
  avg_duration_ms integer,
  cache_hit_rate decimal(3,2),
  created_at timestamptz default now(),
  unique (user_id, date)
);

create function update_updated_at_column() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end $$;
create trigger update_users_updated_at before update on users for each row execute function update_updated_at_column();
