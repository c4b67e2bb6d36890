-- Lists the tokens, the newest last. Times are milliseconds since 1970.
select
  id, name, tenant, scopes, encode(hash, 'hex') as hash,
  (extract(epoch from not_before) * 1000)::float8 as "notBeforeMs",
  (extract(epoch from expires_at) * 1000)::float8 as "expiresAtMs",
  (extract(epoch from revoked_at) * 1000)::float8 as "revokedAtMs",
  (extract(epoch from created_at) * 1000)::float8 as "createdAtMs",
  (extract(epoch from last_used_at) * 1000)::float8 as "lastUsedAtMs"
from tokens
order by created_at, id
