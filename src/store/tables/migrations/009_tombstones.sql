-- What `spanledger forget` leaves of a run: keyed hashes of its traces and spans, so that a late duplicate doesn't bring
-- it back. The key is made by the first `forget`.
create table tombstone_keys (
  only_one boolean primary key default true check (only_one),
  key bytea not null
);

create table tombstones (
  hash bytea primary key,
  forgotten_on date not null default current_date
);

-- a copy of the trace in memory is void if its version is smaller: spans of the trace were forgotten since
alter table traces add column valid_from bigint not null default 0;
