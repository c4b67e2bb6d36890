-- Counts the rows of a user. Rows of a platform ("foreign") have ids that are not of version 8, and stay.
with found as (
  select id from users
  where external_id = $1 or (id::text = lower($1) and substr(id::text, 15, 1) <> '8')
)
select 'users' as "table", (count(*) filter (where substr(id::text, 15, 1) = '8'))::int as rows,
  (count(*) filter (where substr(id::text, 15, 1) <> '8'))::int as foreign
from found
union all
select 'usage_daily_aggregates', (count(*) filter (where substr(id::text, 15, 1) = '8'))::int,
  (count(*) filter (where substr(id::text, 15, 1) <> '8'))::int
from usage_daily_aggregates where user_id in (select id from found)
union all
select 'days', count(*)::int, 0 from days where user_id in (select id from found)
