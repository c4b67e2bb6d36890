-- The tables of the agent platform, with its names and types; an existing database keeps what it has and gets what is
-- missing. No foreign key points to task_executions: PostgreSQL has none to a partitioned table whose key it isn't.

-- the seed's default is uuid_generate_v4(); a role that may not create extensions does without. An extension belongs to
-- the database: it is not made in the schema of a tenant, with which it would be dropped
do $$
begin
  if coalesce(current_setting('spanledger.role_search_path', true), '') = '' then return; end if;
  create extension if not exists "uuid-ossp";
exception when others then
  raise notice 'extension uuid-ossp is not to be had: gen_random_uuid() serves';
end $$;

create table if not exists users (
  id uuid primary key default gen_random_uuid(),
  external_id varchar(255) unique not null,
  email varchar(255),
  tenant_id uuid,
  metadata jsonb default '{}',
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table if not exists task_executions (
  id uuid primary key default gen_random_uuid(),
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

create table if not exists event_logs (
  id uuid primary key default gen_random_uuid(),
  workflow_id varchar(255) not null,
  task_id uuid,
  type varchar(100) not null,
  agent_id varchar(255),
  message text,
  payload jsonb default '{}',
  timestamp timestamptz not null default now(),
  seq bigint,
  stream_id varchar(64),
  created_at timestamptz not null default now()
);

create table if not exists token_usage (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references users (id),
  task_id uuid,
  provider varchar(50) not null,
  model varchar(255) not null,
  prompt_tokens integer not null,
  completion_tokens integer not null,
  total_tokens integer not null,
  cost_usd decimal(10,6) not null,
  created_at timestamptz default now()
);

create table if not exists tool_executions (
  id uuid primary key default gen_random_uuid(),
  agent_execution_id uuid,
  workflow_id varchar(255),
  agent_id varchar(255),
  tool_name varchar(255) not null,
  input_params jsonb,
  output text,
  success boolean default true,
  error text,
  duration_ms integer,
  tokens_consumed integer default 0,
  metadata jsonb default '{}',
  created_at timestamptz default now()
);

create table if not exists agent_executions (
  id uuid primary key default gen_random_uuid(),
  workflow_id varchar(255),
  task_id varchar(255),
  agent_id varchar(255) not null,
  input text not null,
  output text,
  state varchar(50),
  tokens_used integer default 0,
  model_used varchar(100),
  duration_ms integer,
  error_message text,
  metadata jsonb default '{}',
  strategy varchar(100),
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table if not exists usage_daily_aggregates (
  id uuid primary key default gen_random_uuid(),
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

-- a table that was there gets what it lacks
alter table users
  add column if not exists email varchar(255),
  add column if not exists tenant_id uuid,
  add column if not exists metadata jsonb default '{}',
  add column if not exists created_at timestamptz default now(),
  add column if not exists updated_at timestamptz default now();

alter table task_executions
  add column if not exists user_id uuid,
  add column if not exists tenant_id uuid,
  add column if not exists session_id varchar(255),
  add column if not exists mode varchar(50),
  add column if not exists completed_at timestamptz,
  add column if not exists result text,
  add column if not exists response jsonb default '{}',
  add column if not exists error_message text,
  add column if not exists total_tokens integer default 0,
  add column if not exists prompt_tokens integer default 0,
  add column if not exists completion_tokens integer default 0,
  add column if not exists total_cost_usd decimal(10,6) default 0,
  add column if not exists duration_ms integer,
  add column if not exists agents_used integer default 0,
  add column if not exists tools_invoked integer default 0,
  add column if not exists cache_hits integer default 0,
  add column if not exists complexity_score decimal(3,2),
  add column if not exists metadata jsonb,
  add column if not exists created_at timestamptz default now();

alter table event_logs
  add column if not exists task_id uuid,
  add column if not exists agent_id varchar(255),
  add column if not exists message text,
  add column if not exists payload jsonb default '{}',
  add column if not exists seq bigint,
  add column if not exists stream_id varchar(64);

alter table token_usage
  add column if not exists user_id uuid,
  add column if not exists task_id uuid,
  add column if not exists created_at timestamptz default now();

alter table tool_executions
  add column if not exists agent_execution_id uuid,
  add column if not exists workflow_id varchar(255),
  add column if not exists agent_id varchar(255),
  add column if not exists input_params jsonb,
  add column if not exists output text,
  add column if not exists success boolean default true,
  add column if not exists error text,
  add column if not exists duration_ms integer,
  add column if not exists tokens_consumed integer default 0,
  add column if not exists metadata jsonb default '{}',
  add column if not exists created_at timestamptz default now();

alter table agent_executions
  add column if not exists workflow_id varchar(255),
  add column if not exists task_id varchar(255),
  add column if not exists output text,
  add column if not exists state varchar(50),
  add column if not exists tokens_used integer default 0,
  add column if not exists model_used varchar(100),
  add column if not exists duration_ms integer,
  add column if not exists error_message text,
  add column if not exists metadata jsonb default '{}',
  add column if not exists strategy varchar(100),
  add column if not exists created_at timestamptz default now(),
  add column if not exists updated_at timestamptz default now();

alter table usage_daily_aggregates
  add column if not exists user_id uuid,
  add column if not exists total_tasks integer default 0,
  add column if not exists successful_tasks integer default 0,
  add column if not exists failed_tasks integer default 0,
  add column if not exists total_tokens integer default 0,
  add column if not exists total_cost_usd decimal(10,6) default 0,
  add column if not exists model_usage jsonb,
  add column if not exists tools_invoked integer default 0,
  add column if not exists tool_distribution jsonb,
  add column if not exists avg_duration_ms integer,
  add column if not exists cache_hit_rate decimal(3,2),
  add column if not exists created_at timestamptz default now();

-- the platform's later columns, and the bridge's: exact money, and the tenant of every fact
alter table task_executions
  add column if not exists model_used varchar(100),
  add column if not exists provider varchar(50),
  add column if not exists cache_read_tokens integer default 0,
  add column if not exists cache_creation_tokens integer default 0,
  add column if not exists total_cost_nano_usd bigint default 0;

alter table token_usage
  add column if not exists agent_id varchar(255),
  add column if not exists cache_read_tokens integer default 0,
  add column if not exists cache_creation_tokens integer default 0,
  add column if not exists call_sequence integer default 0,
  add column if not exists cost_nano_usd bigint default 0,
  add column if not exists tenant_id uuid;

alter table event_logs add column if not exists tenant_id uuid;

alter table tool_executions add column if not exists tenant_id uuid;

alter table agent_executions add column if not exists tenant_id uuid;

create index if not exists idx_task_user_session on task_executions (user_id, session_id);

create index if not exists idx_task_created_at on task_executions (created_at desc);

create index if not exists idx_task_status on task_executions (status);

create index if not exists idx_task_workflow_id on task_executions (workflow_id);

create index if not exists idx_task_executions_tenant_id on task_executions (tenant_id);

create index if not exists idx_task_executions_session_id on task_executions (session_id);

create index if not exists idx_event_logs_workflow_id on event_logs (workflow_id);

create index if not exists idx_event_logs_task_id on event_logs (task_id);

create index if not exists idx_event_logs_type on event_logs (type);

create index if not exists idx_event_logs_ts on event_logs (timestamp desc);

create index if not exists idx_event_logs_seq on event_logs (workflow_id, seq);

create index if not exists idx_event_logs_workflow_ts on event_logs (workflow_id, timestamp desc);

create unique index if not exists uq_event_logs_wf_type_seq on event_logs (workflow_id, type, seq) where seq is not null;

create index if not exists idx_token_usage_user_id on token_usage (user_id);

create index if not exists idx_token_usage_created_at on token_usage (created_at desc);

create index if not exists idx_token_usage_provider_model on token_usage (provider, model);

create index if not exists idx_token_usage_task_id on token_usage (task_id);

create index if not exists idx_tool_executions_workflow_id on tool_executions (workflow_id);

create index if not exists idx_tool_executions_tool_name on tool_executions (tool_name);

create index if not exists idx_tool_executions_created_at on tool_executions (created_at desc);

create index if not exists idx_tool_executions_success on tool_executions (success);

create index if not exists idx_agent_executions_workflow_id on agent_executions (workflow_id);

create index if not exists idx_agent_executions_created_at on agent_executions (created_at desc);

create index if not exists idx_agent_executions_state on agent_executions (state);

create index if not exists idx_users_tenant_id on users (tenant_id);

create index if not exists idx_users_external_id on users (external_id);

create index if not exists idx_usage_daily_user_date on usage_daily_aggregates (user_id, date);

create index if not exists idx_usage_daily_date on usage_daily_aggregates (date desc);

-- on a new database only: an adopted one keeps its defaults
do $$
declare
  tab text;
begin
  if to_regprocedure('uuid_generate_v4()') is null then return; end if;
  foreach tab in array array['users', 'task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions', 'usage_daily_aggregates'] loop
    if exists (
      select from pg_attrdef d join pg_attribute a on (a.attrelid, a.attnum) = (d.adrelid, d.adnum)
      where d.adrelid = to_regclass(tab) and a.attname = 'id' and pg_get_expr(d.adbin, d.adrelid) = 'gen_random_uuid()'
    ) then
      execute format('alter table %I alter column id set default uuid_generate_v4()', tab);
    end if;
  end loop;
end $$;
