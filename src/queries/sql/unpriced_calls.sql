-- Names the models of the calls of a period for which no price is known.
select u.model, count(*) as calls, sum(u.total_tokens) as tokens
from token_usage u
where u.created_at >= $1 and u.created_at < $2 and u.unpriced
group by u.model
order by tokens desc, u.model
limit 20
