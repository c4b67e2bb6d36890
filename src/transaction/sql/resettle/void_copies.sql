-- Makes void what is in memory of locked traces: a receiver that has one reads it anew.
update traces set valid_from = version where tenant = '' and trace = any ($1::uuid[])
