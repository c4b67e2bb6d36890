-- Removes a user without a run, the days of that user, the sums, and the alerts that name the user. Only our own rows: their ids are
-- UUIDs of version 8.
with gone as (
    select id from users u
    where external_id = $1 and substr(id::text, 15, 1) = '8'
      and not exists (select from task_executions t where t.user_id = u.id)
      and not exists (select from token_usage t where t.user_id = u.id)
      and not exists (
        select from usage_daily_aggregates d where d.user_id = u.id and substr(d.id::text, 15, 1) <> '8'
      )
  ),
  days_gone as (delete from days where user_id in (select id from gone)),
  aggregates_gone as (delete from usage_daily_aggregates where user_id in (select id from gone)),
  rollups_gone as (delete from usage_rollups where dimension = 'user' and key in (select id::text from gone)),
  spend_gone as (delete from budget_spend where dimension = 'user' and value in (select id::text from gone)),
  alerts_gone as (delete from budget_alerts where per = 'user' and value = $1)
delete from users where id in (select id from gone) returning id
