import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { taskRow } from '../../../src/settle/workflow/task-row.ts'
import { mapper } from '../../map/dialects/scoped.ts'

const map = mapper('langsmith')
const ids = { 'langsmith.metadata.workflow_id': 'wf', 'langsmith.metadata.user_id': 'u' }

function run(id: number, parent: number, type: string, name: string, attributes: Record<string, AnyValue>): Facts {
  const spanId = id.toString(16).padStart(16, '0')
  const parentSpanId = parent === 0 ? '' : parent.toString(16).padStart(16, '0')
  return map(name, { 'langsmith.span.kind': type, ...ids, ...attributes }, { spanId, parentSpanId })
}

const call = (id: string, prompt: number, completion: number): Record<string, AnyValue> => ({
  'langsmith.trace.name': 'ChatOpenAI',
  'langsmith.metadata.agent': 'planner',
  'langsmith.metadata.ls_provider': 'openai',
  'gen_ai.response.id': id,
  'gen_ai.usage.input_tokens': prompt,
  'gen_ai.usage.output_tokens': completion,
})

test("an agent's span that also reports a call has both rows, and the calls below it count too", () => {
  const spans = [
    run(1, 0, 'chain', 'trip', { 'gen_ai.prompt': '{"query":"why?"}', 'gen_ai.completion': '{"outputs":"so."}' }),
    run(2, 1, 'llm', 'planner', call('r1', 307, 29)),
    run(3, 2, 'tool', 'look', { 'langsmith.metadata.agent': 'planner', 'gen_ai.prompt': '{"at":"x"}' }),
    run(4, 2, 'llm', 'ChatOpenAI', call('r2', 453, 53)),
  ]
  const { rows, shares } = settle(emptyTrace('', spans[0]!.trace), spans, () => ({ costNano: null, provider: null }))
  expect(rows.usage.added.map(({ prompt, completion, place }) => [prompt, completion, place.agent]).sort()).toEqual([
    [307, 29, 'planner'],
    [453, 53, 'planner'],
  ])
  expect(rows.agents.added).toMatchObject([{ name: 'planner', tokens: 842 }])
  expect(rows.tools.added).toMatchObject([{ name: 'look', input: '{"at":"x"}', success: true }])
  expect(taskRow('', 'wf', shares[0]!.after)).toMatchObject({
    status: 'COMPLETED',
    query: 'why?',
    result: 'so.',
    agents: 1,
  })
})
