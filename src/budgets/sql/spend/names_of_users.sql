-- Reads how spans name users.
select id::text as id, external_id as name from users where id = any ($1::uuid[])
