-- Lets one process at a time create or upgrade the tables: there may be no table yet whose row could be locked.
select pg_advisory_xact_lock($1)
