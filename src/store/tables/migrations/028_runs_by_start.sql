-- Lists of runs are in the order of their starts, by pages both ways. The row of a run is made when its first span arrives, which
-- is much later than its start where files are imported, so that the index on created_at can't serve them.
create index if not exists idx_task_started_at on task_executions (started_at desc, id desc);
