-- Finds the hashes of what was forgotten.
select encode(hash, 'hex') as hash from tombstones where hash = any ($1::bytea[])
