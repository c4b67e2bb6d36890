-- Finds functions of triggers on the given tables that name a table which is called like one of the books, without its
-- schema: in a transaction of ours that name means the book, which the search_path has first, unless the function has a
-- search_path of its own.
select distinct p.oid::regprocedure::text as function, own.relname as "table", own.relnamespace::regnamespace::text as schema
from unnest($1::text[]) as wanted (name)
join pg_trigger g on g.tgrelid = to_regclass(wanted.name) and not g.tgisinternal and g.tgenabled <> 'D'
join pg_proc p on p.oid = g.tgfoid
join pg_class own on own.relkind in ('r', 'p', 'v', 'm', 'f') and own.relnamespace::regnamespace::text = any (current_schemas(false)::text[])
join pg_class book on book.relname = own.relname and book.relnamespace = current_schema()::regnamespace and book.oid <> own.oid
where p.prosrc ~* ('(^|[^.\w])' || own.relname || '\M')
  and not exists (select from unnest(p.proconfig) as setting where setting like 'search_path=%')
order by 1, 2
