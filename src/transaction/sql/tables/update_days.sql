-- Stores the sums of locked days, from which the next transaction goes on.
update days d set state = a.state
from unnest($1::uuid[], $2::date[], $3::text[]) as a (user_id, date, state)
where d.user_id = a.user_id and d.date = a.date
