-- Lets locked traces of which nothing is remembered begin in this month.
update traces set epoch = date_trunc('month', now() at time zone 'UTC')::date
where tenant = '' and trace = any ($1::uuid[])
returning replace(trace::text, '-', '') as trace,
  lpad(extract(year from epoch)::int::text, 4, '0') || '-' || lpad(extract(month from epoch)::int::text, 2, '0') || '-01' as epoch
