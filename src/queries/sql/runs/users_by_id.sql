-- Reads how spans name users.
select id::text as id, external_id from users where id = any ($1::uuid[])
