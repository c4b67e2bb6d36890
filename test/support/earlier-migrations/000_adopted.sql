-- A database that has some of the tables already is prepared for the next step, which would date every row of theirs
-- with `default now()`: those columns are added empty, and only rows to come have the default. Exact money stays empty
-- in rows that aren't ours. Nothing happens to a table that isn't there or has the column.

do $$
declare
  added record;
begin
  for added in
    select r.name as tab, r.col, r.usual
    from (values
      ('users', 'created_at timestamptz', 'now()'),
      ('users', 'updated_at timestamptz', 'now()'),
      ('task_executions', 'created_at timestamptz', 'now()'),
      ('token_usage', 'created_at timestamptz', 'now()'),
      ('tool_executions', 'created_at timestamptz', 'now()'),
      ('agent_executions', 'created_at timestamptz', 'now()'),
      ('agent_executions', 'updated_at timestamptz', 'now()'),
      ('usage_daily_aggregates', 'created_at timestamptz', 'now()'),
      ('task_executions', 'total_cost_nano_usd bigint', null),
      ('token_usage', 'cost_nano_usd bigint', null)
    ) as r (name, col, usual)
    where to_regclass(r.name) is not null and not exists (
      select from pg_attribute a
      where a.attrelid = to_regclass(r.name) and a.attname = split_part(r.col, ' ', 1) and not a.attisdropped
    )
  loop
    execute format('alter table %I add column %s', added.tab, added.col);
    if added.usual is not null then
      execute format('alter table %I alter column %I set default %s', added.tab, split_part(added.col, ' ', 1), added.usual);
    end if;
  end loop;
end $$;

-- the next step gives ids of new tables another default; which tables keep theirs is noted for the step after
select set_config('spanledger.kept_defaults', coalesce(string_agg(r.name, ','), ''), true)
from unnest(array['users', 'task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions', 'usage_daily_aggregates']) as r (name)
join pg_attribute a on a.attrelid = to_regclass(r.name) and a.attname = 'id'
join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
where pg_get_expr(d.adbin, d.adrelid) = 'gen_random_uuid()';
