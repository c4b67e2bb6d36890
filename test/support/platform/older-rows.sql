insert into tool_executions (id, task_execution_id, tool_name, output, success, error_message, duration_ms, executed_at) values
  ('88888888-8888-4888-8888-888888888888', '33333333-3333-4333-8333-333333333333', 'search', '"found"', true, null, 40, now() - interval '1 hour');
