-- Reads the bytes apart from the list, because they may be long.
select body from spanledger.refused_spans where id = $1
