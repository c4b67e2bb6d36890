import type pg from 'pg'

/** The rows of the apps in this folder, as far as an app decides them. */
export interface Rows {
  readonly runs: readonly unknown[]
  readonly calls: readonly unknown[]
  readonly tools: readonly unknown[]
  readonly agents: readonly unknown[]
}

/** The rows that are there. */
export async function rowsIn(client: pg.Client): Promise<Rows> {
  const list = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows
  return {
    runs: await list(
      `select workflow_id, external_id as user, status, query, result, prompt_tokens, completion_tokens, agents_used,
         tools_invoked, cache_hits, (select count(*)::int from event_logs e where e.task_id = t.id and type = 'task.completed') as ends
       from task_executions t join users u on u.id = t.user_id order by workflow_id`,
    ),
    calls: await list(
      `select t.workflow_id, u.provider, u.model, u.prompt_tokens, u.completion_tokens, u.cache_read_tokens
       from token_usage u join task_executions t on t.id = u.task_id order by t.workflow_id, u.prompt_tokens`,
    ),
    tools: await list(
      `select workflow_id, tool_name, input_params, output, success, error from tool_executions order by workflow_id`,
    ),
    agents: await list('select workflow_id, agent_id from agent_executions order by workflow_id'),
  }
}

/** The rows that these questions must make, in the order in which they were asked. */
export function rowsFor(cities: readonly string[]): Rows {
  const questions = cities.map((city, index) => ({ city, n: index + 1, workflow_id: `question-${index + 1}` }))
  return {
    runs: questions.map(({ city, n, workflow_id }) => ({
      workflow_id,
      user: 'ada',
      status: 'COMPLETED',
      query: city,
      result: weather[city] ?? 'unknown',
      prompt_tokens: 300 * n,
      completion_tokens: 3 * n,
      agents_used: 1,
      tools_invoked: 1,
      cache_hits: 1,
      ends: 1,
    })),
    calls: questions.flatMap(({ n, workflow_id }) => {
      const call = { workflow_id, provider: 'openai', model: 'gpt-4o-mini' }
      return [
        { ...call, prompt_tokens: 100 * n, completion_tokens: n, cache_read_tokens: 0 },
        { ...call, prompt_tokens: 200 * n, completion_tokens: 2 * n, cache_read_tokens: 10 * n },
      ]
    }),
    tools: questions.map(({ city, workflow_id }) => {
      const success = city in weather
      const outcome = { output: weather[city] ?? null, success, error: success ? null : 'no such city' }
      return { workflow_id, tool_name: 'weather', input_params: { city }, ...outcome }
    }),
    agents: questions.map(({ workflow_id }) => ({ workflow_id, agent_id: 'forecaster' })),
  }
}

const weather: Readonly<Record<string, string>> = { Lisbon: 'sunny', Oslo: 'snow' }
