-- What retention has removed, by table: its rows before this time are not kept, so they are not missed and not written again.
create table pruned (
  name text primary key,
  before timestamptz not null
);
