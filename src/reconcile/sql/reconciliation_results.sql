-- Reads what comparisons have found in full, by their ids.
select id, result from reconciliations where id = any ($1::uuid[])
