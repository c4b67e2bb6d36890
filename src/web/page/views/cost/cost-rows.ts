import type { CostBy } from '../../../answers/costs.ts'
import { dayAfter } from '../../format/ranges.ts'
import type { FilterKey } from '../../state/query.ts'
import { firstList, type Route } from '../../state/route.ts'

interface CostBar {
  readonly by: CostBy
  /** null: the calls that state none. */
  readonly key: string | null
  readonly since: string
  readonly until: string
}

const filters: Partial<Readonly<Record<CostBy, FilterKey>>> = {
  provider: 'provider',
  model: 'model',
  user: 'user',
  agent: 'agent',
  mode: 'mode',
}

const columns: Readonly<Record<Exclude<CostBy, 'day'>, string>> = {
  provider: 'c.provider',
  model: 'c.model',
  user: 'u.external_id',
  agent: 'c.agent_id',
  mode: 't.mode',
  'service-tier': 'c.service_tier',
}

/** Where the rows behind a bar are: the runs, or for what runs aren't filtered by, the calls in SQL. */
export function rowsBehind({ by, key, since, until }: CostBar): Route {
  if (by === 'day') {
    const day = (key ?? since).slice(0, 10)
    return { view: 'runs', list: { ...firstList, sort: 'cost', filter: { since: day, until: dayAfter(day) } } }
  }
  const filter = filters[by]
  if (filter !== undefined && key !== null)
    return { view: 'runs', list: { ...firstList, sort: 'cost', filter: { [filter]: key, since, until } } }
  const value = key === null ? 'is null' : `= '${key.replaceAll("'", "''")}'`
  const sql = `select t.workflow_id, c.*
from token_usage c
join task_executions t on t.id = c.task_id
left join users u on u.id = t.user_id
where ${columns[by]} ${value}
  and c.created_at >= '${since}' and c.created_at < '${until}'
order by c.cost_nano_usd desc
limit 1000`
  return { view: 'sql', settings: { sql } }
}
