-- Finds users by their external ids, and by their own ids where an external id is the UUID of a user that exists.
select external_id as asked, id from users where external_id = any ($1::text[])
union all
select id::text, id from users where id = any ($2::uuid[])
