-- Finds tables by their names along the search_path, each with its schema.
select n.nspname as schema, c.relname as name
from unnest($1::text[]) with ordinality as wanted (name, place)
join pg_class c on c.oid = to_regclass(wanted.name)
join pg_namespace n on n.oid = c.relnamespace
order by place
