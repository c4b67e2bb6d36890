-- Notes the file of a part that waits: one of that name is this part's own, where a process ends before the part is dropped.
update archives set file = $4 where name = $1 and month = $2::date and part = $3
