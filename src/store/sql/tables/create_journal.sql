-- Holds the migrations that were applied; the checksum shows whether this version has the same ones.
create table if not exists migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now());
