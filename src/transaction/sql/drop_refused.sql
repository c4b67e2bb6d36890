delete from spanledger.refused_spans
where last_at < now() - make_interval(days => $1)
   or id in (select id from spanledger.refused_spans order by last_at desc offset $2)
