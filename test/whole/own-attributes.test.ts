import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { spawnReceiver } from '../support/command.ts'
import { snippet } from '../support/documents.ts'
import { freshFolder } from '../support/embedded.ts'
import { readLedger } from '../support/ledger.ts'
import { newSpanId, newTraceId, type SpanSketch, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { send } from '../support/send.ts'

test('spans in words that nobody knows make rows with the file of docs/settings.md', async () => {
  await using database = await freshDatabase()
  await using folder = await freshFolder()
  await using client = await connect(database.url)
  const file = `${folder.path}.yaml`
  await writeFile(file, snippet('own attributes'))
  await using receiver = await spawnReceiver(database.url, { SPANLEDGER_CONFIG: path.resolve(file) })
  expect(await send(tracesRequest(unknownRun()), receiver.http)).toMatchObject({ status: 200 })

  const { tasks, usage, tools } = await readLedger(client)
  expect(tasks).toMatchObject([{ workflow_id: 'run-1', status: 'COMPLETED', total_tokens: 15 }])
  expect(usage).toMatchObject([{ model: 'gpt-4o-mini', prompt_tokens: 10, completion_tokens: 5 }])
  expect(tools).toMatchObject([{ tool_name: 'search', input_params: { q: 'x' } }])
  const { rows } = await client.query(
    'select external_id, agents_used from task_executions join users on users.id = task_executions.user_id',
  )
  expect(rows).toEqual([{ external_id: 'ada', agents_used: 1 }])
})

function unknownRun(): SpanSketch[] {
  const traceId = newTraceId()
  const [root, agent] = [newSpanId(), newSpanId()]
  const time = { startMs: Date.now() - 1000, endMs: Date.now() - 500 }
  const below = (parentSpanId: string, name: string, attributes: SpanSketch['attributes'] & {}): SpanSketch => ({
    traceId,
    spanId: newSpanId(),
    parentSpanId,
    name,
    ...time,
    attributes,
  })
  return [
    { traceId, spanId: root, name: 'run', ...time, attributes: { 'app.run': 'run-1', 'app.customer': 'ada' } },
    { ...below(root, 'step', { 'app.agent': 'planner' }), spanId: agent },
    below(agent, 'ask', { 'app.model': 'gpt-4o-mini', 'app.usage': '{"tokens":{"in":10,"out":5}}' }),
    below(agent, 'act', { 'app.tool': 'search', 'app.tool.arguments': '{"q":"x"}' }),
  ]
}
