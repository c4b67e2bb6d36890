-- Reads the key of all tombstones.
select encode(key, 'hex') as key from tombstone_keys
