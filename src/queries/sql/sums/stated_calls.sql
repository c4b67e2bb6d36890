-- Counts our calls that ended from $1 to $2 and whose cost their sender states.
select count(*)::int as calls
from token_usage
where created_at >= $1::timestamptz and created_at < $2::timestamptz
  and price_source = 'stated' and substr(id::text, 15, 1) = '8'
