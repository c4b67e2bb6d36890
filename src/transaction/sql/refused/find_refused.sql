-- Finds refused spans by the beginnings of their ids, or all if there is none.
select id, signal, trace, span, name, reason, message, format, times, first_at as "firstAt", last_at as "lastAt", length(body) as bytes
from refused_spans
where $1::text[] = '{}' or exists (select from unnest($1::text[]) as beginning where starts_with(id::text, beginning))
order by first_at, id
