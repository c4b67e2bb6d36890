create table tool_executions (
  id uuid primary key default uuid_generate_v4(),
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

create table agent_executions (
  id uuid primary key default uuid_generate_v4(),
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
