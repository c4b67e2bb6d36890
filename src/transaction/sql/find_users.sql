-- By external id; and a UUID that is an existing user's own id is that user.
select external_id as asked, id from users where external_id = any ($1::text[])
union all
select id::text, id from users where id = any ($2::uuid[])
