import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { newNode } from '../../../src/settle/model/new-node.ts'
import type { Node } from '../../../src/settle/model/node.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { isPendingAgent, trackPendingAgents } from '../../../src/settle/tree/pending-agents.ts'
import { options, spanWith } from '../../map/make.ts'
import { noPrice } from '../../support/prices.ts'

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
  const trace = emptyTrace(batches[0]![0]!.trace)
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

test('a model call may name the agent, a record may not', () => {
  const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.agent.name': 'anna' }
  expect(agents([span(3, 1, chat)])).toEqual([['anna EXECUTING']])
  expect(agents([{ ...span(3, 1, chat), source: 'record' }])).toEqual([[]])
  const ownRecord: Facts = { ...agent(1, 'anna'), source: 'record' }
  expect(agents([ownRecord, tool(3, 'anna', 2)])).toEqual([['anna EXECUTING']])
})

test('the provisional row goes when the parent arrives, though that is no agent', () => {
  expect(agents([tool(3, 'anna')], [span(1, 0, {})])).toEqual([['anna EXECUTING'], []])
})

test('of several nodes that wait for one parent the earliest has the row, and each change is returned', () => {
  const trace = emptyTrace(tool(2, 'anna').trace)
  const [late, early, latest] = [tool(3, 'anna'), tool(2, 'anna'), tool(4, 'anna')].map(newNode) as [Node, Node, Node]
  expect(trackPendingAgents(trace, [late], [])).toEqual(new Set([late]))
  expect(trackPendingAgents(trace, [early], [])).toEqual(new Set([late, early]))
  expect(trackPendingAgents(trace, [latest], [])).toEqual(new Set())
  expect([late, early, latest].map((node) => isPendingAgent(trace, node))).toEqual([false, true, false])
  const itself = newNode(agent(1, 'anna'))
  expect(trackPendingAgents(trace, [itself], [])).toEqual(new Set([early]))
  expect(trackPendingAgents(trace, [itself], [])).toEqual(new Set())
  expect(isPendingAgent(trace, early)).toBe(false)
})
