import { expect, test } from 'vitest'
import { arrange, arrangeApart, arrangements, type ReportedRun } from '../settle/instrumentations/arrange.ts'
import { families, pairsOf, withOwnIds } from '../settle/instrumentations/families.ts'
import { requestOfRecord, requestOfSpan } from '../support/decoded-requests.ts'
import { freshPlace } from '../support/places.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { randomNumbers, shuffled } from '../support/replay.ts'
import { sendAll } from '../support/send.ts'

/** Every 23rd pair of two instrumentations in each arrangement, each as a run and trace of its own. */
const runs = families
  .flatMap((family) =>
    arrangements.flatMap((arrangement) =>
      pairsOf(family, arrangement).map(([first, second]) => ({ run: family.run, first, second, arrangement })),
    ),
  )
  .filter((_, index) => index % 23 === 0)
  .map(({ run, first, second, arrangement }, index) => {
    const workflowId = `${arrangement}: ${first.name} and ${second.name}, ${index}`
    const traceId = (index + 1).toString(16).padStart(32, '0')
    const own: ReportedRun = { ...withOwnIds(run, index), workflowId, traceId }
    const isReported = run.tool !== null && [first, second].some((one) => one.tool !== undefined || one.hasMessages)
    return { workflowId, arranged: arrange(own, [first, second], arrangement), tools: isReported ? 1 : 0 }
  })

test('runs of two instrumentations, sent span by span in any order, count once', async () => {
  expect(runs.length).toBeGreaterThan(20)
  const requests = runs.flatMap(({ arranged: { spans, records } }) => [
    ...spans.map(requestOfSpan),
    ...records.map(requestOfRecord),
  ])
  await using place = await freshPlace('PostgreSQL')
  await using receiver = await openTestReceiver(place.url, place.settings)
  await using client = await place.connect()
  const sent = await sendAll(shuffled(requests, randomNumbers(1)), [receiver.http], { parallel: 4 })
  expect(sent).toMatchObject({ failed: [], rejected: 0 })
  const { rows } = await client.query<{ workflow_id: string; calls: number; prompt: number; completion: number }>(`
    select t.workflow_id, count(u.*)::int as calls, sum(u.prompt_tokens)::int as prompt,
      sum(u.completion_tokens)::int as completion,
      (select count(*)::int from tool_executions e where e.workflow_id = t.workflow_id) as tools
    from task_executions t join token_usage u on u.task_id = t.id group by t.id, t.workflow_id`)
  const counted = new Map(rows.map(({ workflow_id: workflow, ...row }) => [workflow, row]))
  for (const { workflowId, tools } of runs)
    expect(counted.get(workflowId), workflowId).toEqual({ calls: 2, prompt: 518, completion: 66, tools })
})

/** The instrumentations that state the response id of a call. */
const statingId: ReadonlySet<string> = new Set([
  ...['OTel GenAI, Python', 'OTel GenAI, JavaScript', 'OpenLLMetry', 'OpenLIT', 'LiteLLM', 'OpenLLMetry, LangChain'],
  ...['Vercel AI SDK', 'PydanticAI', 'Spring AI', 'Microsoft Agent Framework'],
])

/** Every fourth pair of these, each with ids of its own. */
const apart = families
  .filter(({ provider }) => provider === 'OpenAI')
  .flatMap((family) => pairsOf(family, 'beside').map((pair) => ({ run: family.run, pair })))
  .filter(({ pair }) => pair.every(({ name }) => statingId.has(name)))
  // a tool run that only the other trace reports is a run of its own
  .filter(({ pair: [first, second] }) => first.tool !== undefined || first.hasMessages || !second.hasMessages)
  .filter((_, index) => index % 4 === 0)
  .map(({ run, pair }, index) => {
    const workflowId = `apart: ${pair.map(({ name }) => name).join(' and ')}`
    const traceIds = [1, 2, 3].map((n) => (3 * index + n + 4096).toString(16).padStart(32, '0'))
    const own: ReportedRun = { ...withOwnIds(run, index), workflowId, traceId: traceIds[0]! }
    return { workflowId, spans: arrangeApart(own, pair, [traceIds[1]!, traceIds[2]!]).spans }
  })

test('a call that another instrumentation reports in a trace of its own counts once, in the run', async () => {
  expect(apart.length).toBeGreaterThan(20)
  await using place = await freshPlace('PostgreSQL')
  await using receiver = await openTestReceiver(place.url, place.settings)
  await using client = await place.connect()
  const requests = apart.flatMap(({ spans }) => spans.map(requestOfSpan))
  const sent = await sendAll(shuffled(requests, randomNumbers(1)), [receiver.http], { parallel: 4 })
  expect(sent).toMatchObject({ failed: [], rejected: 0 })
  const { rows } = await client.query<{ workflow_id: string; calls: number; prompt: number; completion: number }>(`
    select t.workflow_id, count(u.*)::int as calls, sum(u.prompt_tokens)::int as prompt,
      sum(u.completion_tokens)::int as completion
    from task_executions t left join token_usage u on u.task_id = t.id group by t.id, t.workflow_id`)
  expect(rows.map((row) => row.workflow_id).sort()).toEqual(apart.map(({ workflowId }) => workflowId).sort())
  for (const { workflow_id: workflow, ...row } of rows)
    expect(row, workflow).toEqual({ calls: 2, prompt: 518, completion: 66 })
})
