-- The tokens that senders have, by the hash of each. They are in one place for all tenants, since a token says whose it is:
-- among the books of the default tenant.
create table tokens (
  id text primary key,
  name text not null,
  tenant text not null,
  scopes text not null,
  hash bytea not null unique,
  not_before timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
