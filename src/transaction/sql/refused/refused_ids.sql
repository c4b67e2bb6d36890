-- Lists the ids of all refused spans, those that came last first.
select id from refused_spans order by last_at desc, id
