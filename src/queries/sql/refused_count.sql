-- Counts what is kept of refused spans, up to 1,000.
select count(*)::int as count from (select 1 from refused_spans limit 1000) kept
