create table tool_executions (
  id uuid primary key default uuid_generate_v4(),
  task_execution_id uuid not null references task_executions (id),
  tool_name varchar(255) not null,
  input_params jsonb,
  output jsonb,
  success boolean default true,
  error_message text,
  duration_ms integer,
  tokens_consumed integer default 0,
  executed_at timestamptz default now()
);
