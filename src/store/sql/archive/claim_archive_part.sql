-- Claims a waiting part ($1 to $3) for half a minute, unless another process ($4 is ours) has it, or goes on having it.
update archives set claim = $4, claimed_until = now() + interval '30 seconds'
where name = $1 and month = $2::date and part = $3 and rows is null
  and (claim is null or claim = $4 or claimed_until < now())
returning changes, file
