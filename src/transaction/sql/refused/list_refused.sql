-- Lists the refused spans that came last, without their bytes.
select id, signal, trace, span, name, reason, message, format, times, first_at as "firstAt", last_at as "lastAt", length(body) as bytes
from refused_spans
order by last_at desc, id
limit $1
