-- Lets locked traces of which nothing is remembered begin in this month.
update traces set epoch = date_trunc('month', now() at time zone 'UTC')::date
where tenant = '' and trace = any ($1::uuid[])
returning replace(trace::text, '-', '') as trace, epoch::text
