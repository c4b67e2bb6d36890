-- contract: not used since 0.1
-- No statement of any version looks for a workflow by its task, and tasks follow from workflows.
drop index if exists workflows_task;
