-- Fails where the tables are missing; a standby answers "on".
select current_setting('transaction_read_only') as readonly
from (select count(*) from (select from traces limit 1) t) c
