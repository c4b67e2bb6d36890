-- What an adopted table had before the first step, it has again: the defaults of its ids.
do $$
declare
  tab text;
begin
  foreach tab in array string_to_array(coalesce(current_setting('spanledger.kept_defaults', true), ''), ',') loop
    execute format('alter table %I alter column id set default gen_random_uuid()', tab);
  end loop;
end $$;

-- who doesn't know these columns doesn't fill them: empty is true there, 0 would be a wrong sum
alter table task_executions alter column total_cost_nano_usd drop default;
alter table token_usage alter column cost_nano_usd drop default;

-- the task of an agent's run as its task has it
update agent_executions set task_id = task_id::uuid::text
where task_id ~ '^[0-9a-f]{32}$' and substr(id::text, 15, 1) = '8';
