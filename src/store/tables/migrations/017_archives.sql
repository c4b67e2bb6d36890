-- Months of tables that were taken out of them to be archived: `part` counts the times that rows of one month were. While
-- `rows` is null, they wait in a table of their own, which was a partition (`detached`) or was made for them; then they are
-- in the file.
create table archives (
  name text not null,
  month date not null,
  part integer not null,
  detached boolean not null,
  changes integer not null default 0,
  claim uuid,
  claimed_until timestamptz,
  rows bigint,
  file text,
  archived_at timestamptz,
  primary key (name, month, part)
);

-- What `spanledger forget` has forgotten, as long as files of the archive may have rows of it.
create table archive_deletions (
  kind text not null,
  id text not null,
  key uuid,
  forgotten_at timestamptz not null default now(),
  primary key (kind, id)
);
