-- Replaces what is shared under ids that this transaction has locked.
update call_ids c set shared = a.shared
from unnest($1::uuid[], $2::text[]) as a (key, shared)
where c.key = a.key
