-- Reads the id of a user whom spans name so.
select id::text from users where external_id = $1
