-- Locks the days, sorted, until the commit, and reads them as they are after the wait.
insert into days as d (user_id, date, state)
select user_id, date, '' from unnest($1::uuid[], $2::date[]) as a (user_id, date)
order by user_id, date
on conflict (user_id, date) do update set state = d.state
returning user_id, date::text, state
