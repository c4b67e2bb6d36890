-- Reads the shares of all traces of the given workflows, to fold them again.
select workflow, replace(trace::text, '-', '') as trace, share from shares where tenant = '' and workflow = any ($1::text[])
