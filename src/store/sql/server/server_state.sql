-- Reads in one row what `doctor` shows of the server. The clock is read last, so that a slow start doesn't count.
select
  current_setting('server_version') as version,
  current_setting('server_version_num')::integer >= 140000 as "newEnough",
  current_setting('transaction_read_only') = 'on' as "readOnly",
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as "fullPageWrites",
  current_setting('synchronous_commit') as "synchronousCommit",
  current_user as role,
  (extract(epoch from clock_timestamp()) * 1000)::double precision as "clockMs"
