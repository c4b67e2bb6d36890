-- A receiver's role need not have this privilege: it adds users and removes none.
select has_table_privilege('users', 'delete') as allowed
