insert into tool_executions (id, workflow_id, tool_name, output, success, error, duration_ms, created_at) values
  ('88888888-8888-4888-8888-888888888888', 'theirs-today', 'search', 'found', true, null, 40, now() - interval '1 hour');
