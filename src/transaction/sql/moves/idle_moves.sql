-- Finds traces whose moves have made no progress for $1 seconds: the receiver that had them is gone.
select distinct replace(trace::text, '-', '') as trace
from moves
where tenant = '' and moved_at < now() - make_interval(secs => $1)
limit 100
