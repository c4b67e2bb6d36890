import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { mapper } from '../../map/dialects/scoped.ts'

const map = mapper('@voltagent/core')
const id = (n: number): string => n.toString(16).padStart(16, '0')
const at = (n: number, parent: number): object => ({ spanId: id(n), parentSpanId: parent === 0 ? '' : id(parent) })

function sums(prefix: string, prompt: number, completion: number): Record<string, AnyValue> {
  return { [`${prefix}.prompt_tokens`]: prompt, [`${prefix}.completion_tokens`]: completion }
}

const boss = { 'entity.type': 'agent', 'entity.name': 'boss' }
const writer = { ...boss, 'subagent.name': 'writer' }

// each agent reports the sum of its own calls, and on another span the last of them
const run = [
  map('boss', { ...boss, ...sums('usage', 775, 99), 'agent.context': '{"workflow_id":"wf"}' }, at(1, 0)),
  map('llm:generateText', { ...boss, 'span.type': 'llm', ...sums('llm.usage', 331, 53) }, at(2, 1)),
  map('tool.execution:ask', { ...boss, 'span.type': 'tool', 'tool.name': 'ask' }, at(3, 1)),
  map('subagent:writer', { ...writer, ...sums('usage', 113, 47) }, at(4, 3)),
  map('llm:streamText', { ...writer, 'span.type': 'llm', ...sums('llm.usage', 113, 47) }, at(5, 4)),
]

/** The tokens that count for each agent. */
function bill(facts: typeof run): string[] {
  const trace = emptyTrace('', run[0]!.trace)
  for (const one of facts) settle(trace, [one], () => ({ costNano: null, provider: null }))
  const rows = [...trace.nodes.values()].flatMap(({ rows }) => rows?.usage ?? [])
  return rows.map(({ place, prompt, completion }) => `${place.agent} ${prompt} + ${completion}`).sort()
}

test("a supervisor's sum of its own calls and those of its sub-agents all count, in any order", () => {
  expect(bill(run)).toEqual(['boss 775 + 99', 'writer 113 + 47'])
  expect(bill(run.toReversed())).toEqual(['boss 775 + 99', 'writer 113 + 47'])
})

test('without the sum of an agent, its last call counts', () => {
  expect(bill(run.slice(1))).toEqual(['null 331 + 53', 'writer 113 + 47'])
})

test('calls that work for an agent and are no tools count too: a judge, a title', () => {
  const judge = map('subagent:judge', { ...boss, 'subagent.name': 'judge', ...sums('usage', 31, 7) }, at(7, 6))
  const title = { ...boss, 'span.type': 'llm', 'llm.operation': 'generateTitle', ...sums('llm.usage', 64, 5) }
  const more = [
    map('eval.scorer', { ...boss, 'span.type': 'scorer', ...sums('usage', 31, 7) }, at(6, 1)),
    judge,
    map('llm:generateTitle', title, at(8, 1)),
  ]
  const expected = ['boss 64 + 5', 'boss 775 + 99', 'judge 31 + 7', 'writer 113 + 47']
  expect(bill([...run, ...more])).toEqual(expected)
  expect(bill([...more, ...run])).toEqual(expected)
})
