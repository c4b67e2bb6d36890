-- Reads the bytes apart from the list, because they may be long.
select body from refused_spans where id = $1
