-- Ends the move of one part of a locked trace, and notes that the other parts are being moved. $4: no part is left.
with gone as (delete from moves where tenant = '' and trace = $1 and version = $2::bigint and part = $3),
  others as (
    update moves set moved_at = now()
    where tenant = '' and trace = $1 and (version, part) <> ($2::bigint, $3::int)
  )
update traces set moving = not $4::boolean where tenant = '' and trace = $1
