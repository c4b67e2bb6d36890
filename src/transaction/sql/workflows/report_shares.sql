-- Reads the shares that the billed reports of workflows had until now.
select workflow, share from shares where tenant = '' and workflow = any ($1::text[]) and trace = $2
