-- Reads the metadata of those of the newest 1,000 tasks whose sums of money lack calls.
select metadata::jsonb as metadata
from (select metadata from task_executions order by created_at desc limit 1000) newest
where metadata::jsonb ?| array['unpriced_models', 'uncounted_models']
