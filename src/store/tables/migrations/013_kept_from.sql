-- The time from which retention kept the ledger when the trace began to arrive; null: for ever. What began before it may be
-- a duplicate of what was removed of a trace with this id.
alter table traces add column kept_from timestamptz;
