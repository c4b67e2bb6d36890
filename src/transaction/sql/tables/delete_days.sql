-- Deletes days without a task of ours. A row that people read is deleted only if another writer has not changed it.
with gone as (
  delete from days d using unnest($1::uuid[], $2::date[]) as a (user_id, date)
  where d.user_id = a.user_id and d.date = a.date
)
delete from usage_daily_aggregates d using unnest($3::uuid[], $4::int[], $5::int[]) as a (id, tasks_before, tokens_before)
where d.id = a.id and d.total_tasks = a.tasks_before and d.total_tokens = a.tokens_before
