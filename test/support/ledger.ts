import type pg from 'pg'

/** Times are microseconds since 1970, money is dollars. */
export interface TaskRow {
  readonly id: string
  readonly workflow_id: string
  readonly status: string
  readonly session_id: string | null
  readonly query: string | null
  readonly result: string | null
  readonly error_message: string | null
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly total_cost_usd: number
  readonly agents_used: number
  readonly tools_invoked: number
  readonly duration_ms: number | null
  readonly started_us: number
  readonly completed_us: number | null
  readonly user_id: string | null
  readonly external_id: string | null
}

export interface UsageRow {
  readonly task_id: string
  readonly user_id: string | null
  readonly provider: string
  readonly model: string
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cache_read_tokens: number | null
  readonly cache_creation_tokens: number | null
  readonly cost_usd: number
  readonly created_us: number
}

export interface ToolRow {
  readonly workflow_id: string
  readonly tool_name: string
  readonly input_params: unknown
  readonly success: boolean | null
  readonly error: string | null
  readonly duration_ms: number | null
  readonly created_us: number
}

/** The events of one workflow, together. */
export interface EventSummary {
  readonly workflow_id: string
  readonly count: number
  readonly numbers: number
  readonly first_number: number
  readonly types: Readonly<Record<string, number>>
  /** null among them: an event that doesn't know its task. */
  readonly task_ids: readonly (string | null)[]
  readonly from_us: number
  readonly to_us: number
  readonly start_us: number | null
  readonly end_us: number | null
}

/** A day of a user, or of the runs without one, as its aggregate row says it, beside the sums over its tasks; null where one of the two is missing. */
export interface DayRow {
  readonly user_id: string | null
  readonly date: string
  readonly stated: Readonly<Record<string, number>> | null
  readonly summed: Readonly<Record<string, number>> | null
}

export interface Ledger {
  readonly tasks: readonly TaskRow[]
  readonly usage: readonly UsageRow[]
  readonly tools: readonly ToolRow[]
  readonly agents: readonly { readonly workflow_id: string; readonly agent_id: string }[]
  readonly events: readonly EventSummary[]
  readonly days: readonly DayRow[]
  /** Rows whose task isn't there, counted by table. */
  readonly strays: readonly { readonly table: string; readonly count: number }[]
}

/** All rows that a receiver has written, as JSON sees them. */
export async function readLedger(client: pg.Client): Promise<Ledger> {
  return {
    tasks: await rows(client, tasksSql),
    usage: await rows(client, usageSql),
    tools: await rows(client, toolsSql),
    agents: await rows(client, 'select workflow_id, agent_id from agent_executions'),
    events: await rows(client, eventsSql),
    days: await rows(client, daysSql),
    strays: await rows(client, straysSql),
  }
}

/**
 * Every row that law 2 speaks of, one a line, sorted: equal texts are equal ledgers. Left out are the numbers of
 * arrival (`seq`, `stream_id`), when a row was written, and the ids of users and days; and whatever else a test names.
 */
export async function dumpLedger(client: pg.Client, others: readonly string[] = []): Promise<string> {
  const lines: string[] = []
  for (const table of ['task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions']) {
    // In these two created_at is the end of the call.
    const written = ['token_usage', 'tool_executions'].includes(table) ? [] : ['created_at']
    lines.push(...(await lineEach(client, table, ['seq', 'stream_id', 'updated_at', 'user_id', ...written, ...others])))
  }
  lines.push(...(await lineEach(client, 'usage_daily_aggregates', ['id', 'created_at', 'updated_at', 'user_id'])))
  return `${lines.join('\n')}\n`
}

async function lineEach(client: pg.Client, table: string, leftOut: readonly string[]): Promise<string[]> {
  // The user is shown by the id that the spans name; jsonb sorts the keys.
  const user = "(select external_id from users where id = (to_jsonb(t) ->> 'user_id')::uuid)"
  const sql = `select jsonb_build_object('user', ${user}) || (to_jsonb(t) - $1::text[]) as line from ${table} t`
  const { rows } = await client.query<{ line: string }>(
    `select line::text from (${sql}) l order by line::text collate "C"`,
    [leftOut],
  )
  return rows.map(({ line }) => `${table} ${line}`)
}

async function rows<T>(client: pg.Client, sql: string): Promise<readonly T[]> {
  const { rows } = await client.query<{ all: readonly T[] }>(
    `select coalesce(json_agg(r), '[]') as all from (${sql}) r`,
  )
  return rows[0]!.all
}

function microseconds(column: string): string {
  return `round(extract(epoch from ${column}) * 1e6)::bigint`
}

const tasksSql = `
  select t.id, workflow_id, status, session_id, query, result, error_message, prompt_tokens, completion_tokens, total_tokens,
    total_cost_usd, agents_used, tools_invoked, duration_ms, user_id, external_id,
    ${microseconds('started_at')} as started_us, ${microseconds('completed_at')} as completed_us
  from task_executions t left join users u on u.id = t.user_id`

const usageSql = `
  select task_id, user_id, provider, model, prompt_tokens, completion_tokens, total_tokens, cache_read_tokens,
    cache_creation_tokens, cost_usd, ${microseconds('created_at')} as created_us
  from token_usage`

const toolsSql = `
  select workflow_id, tool_name, input_params, success, error, duration_ms, ${microseconds('created_at')} as created_us
  from tool_executions`

const eventsSql = `
  select workflow_id, count(*) as count, count(distinct seq) as numbers, min(seq) as first_number,
    jsonb_object_agg(type, of_type) as types, array_agg(distinct task_id) as task_ids,
    ${microseconds('min(timestamp)')} as from_us, ${microseconds('max(timestamp)')} as to_us,
    ${microseconds("min(timestamp) filter (where type = 'task.started')")} as start_us,
    ${microseconds("max(timestamp) filter (where type in ('task.completed', 'task.failed', 'task.cancelled'))")} as end_us
  from (select *, count(*) over (partition by workflow_id, type) as of_type from event_logs) e
  group by workflow_id`

const daysSql = `
  select nullif(coalesce(d.shown, t.shown), '') as user_id, coalesce(d.date, t.date) as date,
    case when d.id is not null then jsonb_build_object('tasks', total_tasks, 'completed', successful_tasks, 'failed', failed_tasks,
      'tokens', total_tokens, 'cost', total_cost_usd, 'tools', tools_invoked) end as stated,
    t.summed
  from (select *, coalesce(user_id::text, '') as shown from usage_daily_aggregates) d
  full join (
    select coalesce(user_id::text, '') as shown, (started_at at time zone 'UTC')::date as date, jsonb_build_object('tasks', count(*),
      'completed', count(*) filter (where status = 'COMPLETED'), 'failed', count(*) filter (where status = 'FAILED'),
      'tokens', sum(total_tokens), 'cost', sum(total_cost_usd), 'tools', sum(tools_invoked)) as summed
    from task_executions group by 1, 2
  ) t on d.shown = t.shown and d.date = t.date`

const straysSql = `
  select * from (
    select 'token_usage' as table, count(*) from token_usage where not exists (select from task_executions x where x.id = task_id)
    union all select 'tool_executions', count(*) from tool_executions u
      where not exists (select from task_executions x where x.workflow_id = u.workflow_id)
    union all select 'agent_executions', count(*) from agent_executions u
      where not exists (select from task_executions x where x.workflow_id = u.workflow_id)
    union all select 'event_logs', count(*) from event_logs u
      where not exists (select from task_executions x where x.workflow_id = u.workflow_id)
  ) counted where count > 0`
