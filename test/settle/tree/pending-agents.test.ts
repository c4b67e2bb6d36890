import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { options, spanWith } from '../../map/make.ts'

const noPrice = () => ({ costNano: null, provider: null })

function span(id: number, parent: number, attributes: Record<string, AnyValue>): Facts {
  const hex = (n: number) => n.toString(16).padStart(16, '0')
  const startTimeUnixNano = 1_790_000_000_000_000_000n + BigInt(id) * 1_000_000_000n
  const other = { spanId: hex(id), parentSpanId: parent === 0 ? '' : hex(parent), startTimeUnixNano }
  return mapSpan(spanWith(attributes, other), options)
}

const tool = (id: number, agent: string, parent = 1): Facts =>
  span(id, parent, { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.agent.name': agent })
const agent = (id: number, name: string): Facts =>
  span(id, 0, { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name })

/** The agents after each batch. */
function agents(...batches: readonly (readonly Facts[])[]): unknown[] {
  const trace = emptyTrace('', batches[0]![0]!.trace)
  const rows = new Map<string, string>()
  return batches.map((batch) => {
    const { added, removed } = settle(trace, batch, noPrice).rows.agents
    for (const { id } of removed) rows.delete(id)
    for (const { id, name, state } of added) rows.set(id, `${name} ${state}`)
    return [...rows.values()].sort()
  })
}

test('an agent whose span has not arrived has a provisional row, made from its tools', () => {
  expect(agents([tool(3, 'anna')], [tool(2, 'anna'), tool(4, 'anna')], [agent(1, 'anna')])).toEqual([
    ['anna EXECUTING'],
    ['anna EXECUTING'],
    ['anna COMPLETED'],
  ])
})

test('the agent name of an embedding makes no provisional row', () => {
  const embedding = { 'gen_ai.operation.name': 'embeddings', 'gen_ai.agent.name': 'embed-query' }
  expect(agents([span(3, 1, embedding)])).toEqual([[]])
})

test('each absent parent has a provisional row of its own', () => {
  expect(agents([tool(3, 'anna', 1), tool(4, 'bert', 2)])).toEqual([['anna EXECUTING', 'bert EXECUTING']])
})

test('an agent with a span has no provisional row', () => {
  expect(agents([tool(3, 'anna', 2)], [agent(1, 'anna')])).toEqual([['anna EXECUTING'], ['anna COMPLETED']])
  expect(agents([agent(1, 'anna'), tool(3, 'anna', 2)])).toEqual([['anna COMPLETED']])
})
