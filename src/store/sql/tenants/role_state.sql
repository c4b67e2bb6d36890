-- Says what a role is; no row where there is none.
select rolsuper as superuser from pg_roles where rolname = $1
