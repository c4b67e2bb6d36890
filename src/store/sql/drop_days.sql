-- A day without a task of ours.
with gone as (
  delete from spanledger.days d using unnest($1::uuid[], $2::date[]) as a (user_id, date)
  where d.user_id = a.user_id and d.date = a.date
)
delete from usage_daily_aggregates d using unnest($1::uuid[], $2::date[]) as a (user_id, date)
where d.user_id = a.user_id and d.date = a.date
