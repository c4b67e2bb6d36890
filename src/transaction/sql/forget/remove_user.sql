-- Removes a user who has no task any more, with the days that a platform's trigger has summed up for that user.
with gone as (select id from users where external_id = $1 and id = $2::uuid),
  days as (delete from usage_daily_aggregates where user_id in (select id from gone))
delete from users where id in (select id from gone)
