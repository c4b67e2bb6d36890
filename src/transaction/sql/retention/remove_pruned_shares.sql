-- Removes the shares of removed traces ($2) in these workflows.
delete from shares where tenant = '' and workflow = any ($1::text[]) and trace = any ($2::uuid[])
