-- Notes that rows were taken out of a locked part: a process that archives the part begins again.
update archives set changes = changes + 1 where name = $1 and month = $2::date and part = $3
