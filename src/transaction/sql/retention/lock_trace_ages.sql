-- Locks these traces, sorted, until the commit, and reads whether they were last written before a month ($2).
select replace(trace::text, '-', '') as trace, epoch::text, last_month < $2::date as expired
from traces where tenant = '' and trace = any ($1::uuid[])
order by trace
for update
