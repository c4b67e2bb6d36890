-- Removes the rows with which this transaction has locked traces that were forgotten.
delete from traces where tenant = '' and trace = any ($1::uuid[])
