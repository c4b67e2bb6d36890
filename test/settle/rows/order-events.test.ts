import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { at, event, price, span, tool, traceId } from '../facts.ts'

/** A span with an event at its start and one at its end, in seconds. */
function timed(
  n: number,
  parent: number,
  kind: 'agent' | 'tool' | 'llm',
  [start, end]: readonly [number, number],
): Facts {
  const times = { startNs: at(start), endNs: at(end) }
  const first = { agent: 'agent.started', tool: 'tool.called', llm: 'agent.thinking' }[kind]
  const last = kind === 'llm' ? [] : [event(`${kind}.completed`, n, { timeNs: at(end), message: `end ${n}` })]
  const events = [event(first, n, { timeNs: at(start), message: `start ${n}` }), ...last]
  return span(n, parent, { kind, ...times, events, ...(kind === 'tool' && { tool: tool({ name: `tool ${n}` }) }) })
}

/** The messages of the events of one batch, in the order in which they are written. */
function written(...facts: Facts[]): string[] {
  const orders = [facts, facts.toReversed()].map((arrivals) =>
    settle(emptyTrace(traceId), arrivals, price).rows.events.added.map(({ fact }) => fact.message),
  )
  expect(orders[1]).toEqual(orders[0])
  return orders[0]!
}

test('what begins in one moment begins from the outside inwards', () => {
  expect(written(timed(3, 0, 'agent', [1, 9]), timed(2, 3, 'agent', [1, 8]), timed(1, 2, 'llm', [1, 4]))).toEqual([
    'start 3',
    'start 2',
    'start 1',
    'end 2',
    'end 3',
  ])
})

test('what ends in one moment ends from the inside outwards, before anything begins', () => {
  const agent = timed(1, 0, 'agent', [1, 5])
  const [inner, next] = [timed(3, 1, 'tool', [2, 5]), timed(4, 1, 'tool', [5, 5])]
  const deepest = timed(2, 3, 'tool', [3, 5])
  expect(written(agent, inner, next, deepest)).toEqual([
    'start 1',
    'start 3',
    'start 2',
    'end 2',
    'end 3',
    'end 1',
    'start 4',
    'end 4',
  ])
})

test('spans that take no time begin from the outside inwards, and then end from the inside outwards', () => {
  expect(written(timed(2, 0, 'agent', [1, 1]), timed(1, 2, 'tool', [1, 1]))).toEqual([
    'start 2',
    'start 1',
    'end 1',
    'end 2',
  ])
})
