-- What the platform has written itself: a user with a run of today and one of last month, and one who has none.
insert into users (id, external_id, email) values
  ('11111111-1111-4111-8111-111111111111', 'ada', 'ada@example.org'),
  ('22222222-2222-4222-8222-222222222222', 'bob', 'bob@example.org');

insert into task_executions (id, workflow_id, user_id, session_id, query, mode, status, started_at, completed_at, total_tokens, prompt_tokens, completion_tokens, total_cost_usd, duration_ms, agents_used, tools_invoked, complexity_score) values
  ('33333333-3333-4333-8333-333333333333', 'theirs-today', '11111111-1111-4111-8111-111111111111', 's', 'theirs', 'SIMPLE', 'COMPLETED', now() - interval '1 hour', now() - interval '58 minutes', 1000, 900, 100, 1.25, 120000, 1, 1, 0.2),
  ('44444444-4444-4444-8444-444444444444', 'theirs-failed', '11111111-1111-4111-8111-111111111111', 's', 'theirs', 'COMPLEX', 'FAILED', now() - interval '2 days', now() - interval '2 days', 10, 10, 0, 0.5, 4000, 1, 0, 0.9);

insert into event_logs (id, workflow_id, task_id, type, message, timestamp, seq) values
  ('55555555-5555-4555-8555-555555555551', 'theirs-today', '33333333-3333-4333-8333-333333333333', 'task.started', 'theirs', now() - interval '1 hour', 1),
  ('55555555-5555-4555-8555-555555555552', 'theirs-today', '33333333-3333-4333-8333-333333333333', 'task.completed', 'theirs', now() - interval '58 minutes', 2);

insert into token_usage (id, user_id, task_id, provider, model, prompt_tokens, completion_tokens, total_tokens, cost_usd, created_at) values
  ('66666666-6666-4666-8666-666666666661', '11111111-1111-4111-8111-111111111111', '33333333-3333-4333-8333-333333333333', 'openai', 'gpt-4o-mini', 900, 100, 1000, 1.25, now() - interval '1 hour'),
  ('66666666-6666-4666-8666-666666666662', '11111111-1111-4111-8111-111111111111', '44444444-4444-4444-8444-444444444444', 'openai', 'gpt-4o', 10, 0, 10, 0.5, now() - interval '2 days');

insert into usage_daily_aggregates (id, user_id, date, total_tasks, successful_tasks, total_tokens, total_cost_usd) values
  ('77777777-7777-4777-8777-777777777777', '11111111-1111-4111-8111-111111111111', (now() at time zone 'UTC' - interval '1 hour')::date, 1, 1, 1000, 1.25);
