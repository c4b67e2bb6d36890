-- Adds a token by its hash.
insert into tokens (id, name, tenant, scopes, hash, not_before, expires_at)
values ($1, $2, $3, $4, decode($5, 'hex'), to_timestamp($6::float8 / 1000), to_timestamp($7::float8 / 1000))
