-- Revokes a token from now on; one that is revoked already stays as it is.
update tokens set revoked_at = coalesce(revoked_at, now()) where id = $1 returning id
