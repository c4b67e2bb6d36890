-- The ids of calls and tool runs that traces mention, of those that identify one among all: `key` is a hash of the id,
-- `trace` the first trace that has mentioned the id, and `shared` (JSON) all of them with what they report,
-- null while there is no other.
create table call_ids (
  key uuid primary key,
  trace uuid not null,
  shared text
);
