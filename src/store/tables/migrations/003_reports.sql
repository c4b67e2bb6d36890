-- Reports of calls that may be told in several traces of a workflow (coding agents write spans and log records): `keys`
-- are what two reports of one call have in common, `report` is what it says, `billed` the row that stands in
-- token_usage for it (both JSON), or null where `better` is the report that is billed.
create table reports (
  tenant text not null,
  workflow text not null,
  id uuid not null,
  keys text[] not null,
  report text not null,
  billed text,
  better uuid,
  primary key (tenant, workflow, id)
);
