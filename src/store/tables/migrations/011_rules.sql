-- The version of the rules by which the rows of a trace were last settled. All earlier builds had the first one.
alter table traces add column rules integer not null default 1;
