/** Questions to begin with. */
export const examples: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: 'Cost by model',
    sql: `select provider, model, count(*) as calls, round(sum(cost_nano_usd) / 1e9, 6) as cost_usd
from token_usage
group by 1, 2
order by cost_usd desc`,
  },
  {
    name: 'The dearest calls of today',
    sql: `select t.workflow_id, c.model, c.total_tokens, c.cost_nano_usd / 1e9 as cost_usd
from token_usage c
join task_executions t on t.id = c.task_id
where c.created_at >= current_date
order by c.cost_nano_usd desc
limit 100`,
  },
  {
    name: 'Failures by error',
    sql: `select left(error_message, 80) as error, count(*) as runs, max(started_at) as last
from task_executions
where status = 'FAILED'
group by 1
order by runs desc
limit 100`,
  },
  {
    name: 'Cost by user and day',
    sql: `select u.external_id as person, c.created_at::date as day, round(sum(c.cost_nano_usd) / 1e9, 6) as cost_usd
from token_usage c
left join users u on u.id = c.user_id
where c.created_at >= current_date - 7
group by 1, 2
order by day desc, cost_usd desc`,
  },
  {
    name: 'How much was read from caches',
    sql: `select model, sum(prompt_tokens) as input, sum(cache_read_tokens) as cached,
  round(100.0 * sum(cache_read_tokens) / nullif(sum(prompt_tokens), 0), 1) as percent
from token_usage
group by 1
order by input desc`,
  },
]
