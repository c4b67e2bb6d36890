-- Removes locked ids.
delete from call_ids where key = any ($1::uuid[])
