-- Limits refused spans in age ($1, days) and number ($2): the oldest are deleted (law 9).
delete from refused_spans
where last_at < now() - make_interval(days => $1)
   or id in (select id from refused_spans order by last_at desc offset $2)
