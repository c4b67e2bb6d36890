-- Deletes reports that no trace contains any more.
delete from reports where tenant = '' and workflow = $1 and id = any ($2::uuid[])
