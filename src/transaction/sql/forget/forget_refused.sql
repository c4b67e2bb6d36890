-- Removes the refused spans of traces.
delete from refused_spans where lower(trace) = any ($1::text[])
