-- Keeps the time from which retention keeps the ledger with new traces.
update traces t set kept_from = p.before from pruned p where p.name = 'ledger' and t.tenant = '' and t.trace = any ($1::uuid[])
