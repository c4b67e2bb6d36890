-- The month in which a trace was last written, or that of its latest span if that is later: retention keeps a trace by it.
-- Traces that are there count as written now.
alter table traces add column last_month date not null default date_trunc('month', now() at time zone 'UTC')::date;

-- The folded shares (JSON) of the traces of a run that the ledger keeps no longer, while the run has others.
alter table workflows add column pruned text;
