import { expect, test } from 'vitest'
import { eventStub, forgetContent, isEventStub } from '../../../src/settle/rows/event-stubs.ts'
import { event, nodeOf, settled, span, spanId, tool } from '../facts.ts'

test('a stub has the type and the time of its event, and no payload', () => {
  const stub = eventStub(event('agent.started', 1))
  expect(stub).toEqual({ type: 'agent.started', message: 'agent.started', payload: '', timeNs: event('', 1).timeNs })
  expect([isEventStub(stub), isEventStub(event('agent.started', 1))]).toEqual([true, false])
})

test('the texts of written events are forgotten, in the facts and in the rows', () => {
  const { trace } = settled([span(1, 0, { kind: 'agent', events: [event('agent.started', 1)] })])
  forgetContent(trace, [spanId(1), spanId(9)])
  const { facts, rows } = nodeOf(trace, 1)
  expect(facts.events).toEqual([eventStub(event('agent.started', 1))])
  expect(rows!.events.map(({ fact }) => fact)).toEqual(facts.events)
  // the comparison of rows relies on the two being one object
  expect(rows!.events[0]!.fact).toBe(facts.events[0])
})

test('an event that is not written keeps its text: that of a tool span inside another one of the same tool', () => {
  const events = [event('tool.called', 2), event('note', 2)]
  const { trace } = settled([
    span(1, 0, { kind: 'tool', tool: tool() }),
    span(2, 1, { kind: 'tool', tool: tool(), events }),
  ])
  expect(nodeOf(trace, 2).rows!.tools).toEqual([])
  forgetContent(trace, [spanId(2)])
  expect(nodeOf(trace, 2).facts.events).toEqual([events[0], eventStub(events[1]!)])
})

test('the nodes of a trace that is no run keep their texts, and so do nodes that are not named', () => {
  const plain = settled([span(1, 0, { events: [event('note', 1)] })])
  forgetContent(plain.trace, [spanId(1)])
  expect(nodeOf(plain.trace, 1).facts.events).toEqual([event('note', 1)])
  const { trace } = settled([span(1, 0, { kind: 'agent', events: [event('note', 1)] })])
  forgetContent(trace, [])
  expect(nodeOf(trace, 1).facts.events).toEqual([event('note', 1)])
})
