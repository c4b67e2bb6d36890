-- Reads, without locks, which of these traces were last written before a month ($2).
select replace(trace::text, '-', '') as trace, last_month < $2::date as expired
from traces where tenant = '' and trace = any ($1::uuid[])
