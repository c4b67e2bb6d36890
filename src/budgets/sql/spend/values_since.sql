-- Lists what was spent since a day, by value and day.
select distinct value, (hour at time zone 'UTC')::date::text as day
from budget_spend where dimension = $1 and hour >= $2::timestamptz
