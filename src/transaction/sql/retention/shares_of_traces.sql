-- Reads what these traces give to these workflows.
select workflow, share from shares where tenant = '' and workflow = any ($1::text[]) and trace = any ($2::uuid[])
