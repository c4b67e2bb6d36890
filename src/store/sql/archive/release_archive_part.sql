-- Ends the claim of this process ($4) on a part.
update archives set claim = null, claimed_until = null where name = $1 and month = $2::date and part = $3 and claim = $4
