import { expect, test } from 'vitest'
import { isPacked } from '../../../src/settle/model/packed/packed-nodes.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { forgetContent } from '../../../src/settle/rows/event-stubs.ts'
import { packNodes } from '../../../src/settle/rows/pack-nodes.ts'
import { settle } from '../../../src/settle/settle.ts'
import { noPrice } from '../../support/prices.ts'
import { call, event, nodeOf, settled, span, spanId, tool, traceId } from '../facts.ts'

const all = { mostUnpacked: 0, nodesInPack: 2 }
const written = [
  span(1, 0, { kind: 'agent', agent: 'anna', workflowId: 'wf', events: [event('agent.started', 1)] }),
  call(2, 1, { responseId: 'r' }, { asks: [{ callId: 'c1', name: 'search', input: '{}' }] }),
  span(3, 1, { kind: 'tool', tool: tool({ callId: 'c1' }), statements: { query: { rank: 1, value: 'why?' } } }),
  span(4, 9),
]

/** What a packed object says, as a plain one. */
function plain(value: object): unknown {
  const fields = Object.getOwnPropertyNames(Object.getPrototypeOf(value)).filter((name) => name !== 'constructor')
  return { ...value, ...Object.fromEntries(fields.map((name) => [name, value[name as keyof typeof value]])) }
}

test('packed nodes say what they said before', () => {
  const { trace } = settled(written)
  forgetContent(
    trace,
    written.map(({ id }) => id),
  )
  const before = [1, 2, 3, 4].map((n) => ({ ...nodeOf(trace, n) }))
  packNodes(trace, all)
  for (const { facts, rows, contribution } of before) {
    const node = trace.nodes.get(facts.id)!
    expect(isPacked(node)).toBe(true)
    expect(plain(node.facts)).toEqual({ ...facts, content: expect.any(Function), plain: expect.any(Function) })
    expect(plain(node.rows!)).toEqual(rows)
    expect(plain(node.contribution!)).toEqual(contribution)
  }
})

test('a node whose rows are derived again is unpacked, and packed again later', () => {
  const { trace } = settled(written)
  packNodes(trace, all)
  const changes = settle(trace, [call(5, 1)], noPrice)
  expect(changes.rows.agents.removed).toHaveLength(1)
  expect([1, 2, 5].map((n) => isPacked(nodeOf(trace, n)))).toEqual([false, true, false])
  packNodes(trace, all)
  expect([1, 2, 5].map((n) => isPacked(nodeOf(trace, n)))).toEqual([true, true, true])
})

test('a short trace is not packed, and of a long one all but the last nodes', () => {
  const trace = emptyTrace(traceId)
  settle(trace, [span(1, 0, { workflowId: 'wf' })], noPrice)
  packNodes(trace)
  expect(isPacked(trace.nodes.get(spanId(1))!)).toBe(false)
  settle(
    trace,
    Array.from({ length: 1100 }, (_, i) => span(i + 2, 1)),
    noPrice,
  )
  packNodes(trace)
  expect(trace.packing.unpacked.size).toBeGreaterThanOrEqual(1000)
  expect(trace.packing.unpacked.size).toBeLessThan(1032)
  expect([...trace.nodes.values()].filter(isPacked)).toHaveLength(1101 - trace.packing.unpacked.size)
})
