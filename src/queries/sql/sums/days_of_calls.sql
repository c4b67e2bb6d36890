-- The days in UTC of the first and the last call that ended from $1 to $2; null where there is none.
select to_char(min(created_at) at time zone 'UTC', 'YYYY-MM-DD') as first, to_char(max(created_at) at time zone 'UTC', 'YYYY-MM-DD') as last
from token_usage
where created_at >= $1::timestamptz and created_at < $2::timestamptz
