-- Reads refused spans by their ids, in the order of these, without their bytes.
select id, signal, trace, span, name, reason, message, format, times, first_at as "firstAt", last_at as "lastAt", length(body) as bytes
from unnest($1::uuid[]) with ordinality as wanted (id, place)
join refused_spans using (id)
order by place
