-- Notes by which rules locked traces have been settled.
update traces set rules = $2::int where tenant = '' and trace = any ($1::uuid[])
