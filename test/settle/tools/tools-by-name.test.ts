import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { newNode } from '../../../src/settle/model/new-node.ts'
import { emptyTrace, type Trace } from '../../../src/settle/model/trace.ts'
import { SmallMap } from '../../../src/settle/small/small-map.ts'
import { addReports } from '../../../src/settle/tools/tool-call.ts'
import {
  indexSpan,
  reindexCall,
  type TouchedKeys,
  touchSpan,
  unnamed,
} from '../../../src/settle/tools/tools-by-name.ts'
import { record, tool, traceId } from '../facts.ts'
import { answer, ask, chat, toolSpan } from './conversation.ts'

/** A trace whose spans and calls are indexed, one node after another, with what the last one touched. */
function indexed(...facts: Facts[]): { readonly trace: Trace; readonly touched: TouchedKeys } {
  const trace = emptyTrace(traceId)
  let touched: TouchedKeys = new SmallMap()
  for (const one of facts) {
    touched = new SmallMap()
    const node = newNode(one)
    const calls = addReports(trace, node)
    indexSpan(trace, node)
    for (const call of calls) reindexCall(trace, call, touched, { spans: new Set(), calls: new Set() })
    touchSpan(node, touched)
  }
  return { trace, touched }
}

/** By tool name: how many spans, calls and unanswered calls are indexed. */
function sizes({ toolsByName }: Trace): Record<string, readonly [spans: number, calls: number, unanswered: number]> {
  const count = (index: SmallMap<string, { readonly size: number }>) =>
    [...index.values()].reduce((sum, { size }) => sum + size, 0)
  return Object.fromEntries(
    [...toolsByName].map(([name, one]) => [name, [count(one.spans), one.calls.size, count(one.unanswered)]]),
  )
}

test('a span is indexed by its name and arguments, a record is not', () => {
  const log = record(3, 1, { kind: 'tool', tool: tool() })
  const { trace, touched } = indexed(log, toolSpan(1), toolSpan(2, { name: null, input: null }))
  expect(sizes(trace)).toEqual({ search: [1, 0, 0], [unnamed]: [1, 0, 0] })
  expect([...trace.toolsByName.get('search')!.spans.keys()]).toEqual(['{"q":"a"}'])
  expect([...touched].map(([name, keys]) => [name, [...keys]])).toEqual([[unnamed, ['']]])
})

test('a span whose call messages report by the id is not indexed, whichever arrives first', () => {
  const facts = [toolSpan(1, { callId: 'c1' }), chat(2, [ask('c1')])]
  expect(sizes(indexed(...facts).trace)).toEqual({ search: [0, 0, 1] })
  expect(sizes(indexed(...facts.toReversed()).trace)).toEqual({ search: [0, 0, 1] })
  expect([...indexed(...facts).touched.keys()]).toEqual(['search'])
})

test('a call is unanswered until a message answers it', () => {
  expect(sizes(indexed(chat(1, [ask('c1')])).trace)).toEqual({ search: [0, 1, 1] })
  expect(sizes(indexed(chat(1, [ask('c1')]), chat(2, [], [answer('c1')])).trace)).toEqual({ search: [0, 1, 0] })
})

test('a call that only an answer names is not indexed: it has no arguments', () => {
  const { trace } = indexed(chat(1, [], [answer('c1', { name: 'search' })]), chat(2, [], [answer('c1')]))
  expect(sizes(trace)).toEqual({})
})

test('a call that gets another name leaves the old one, which is touched', () => {
  const { trace, touched } = indexed(
    chat(2, [ask('c1')]),
    chat(1, [ask('c1', { name: 'fetch', input: '{"url":"b"}' })]),
  )
  expect(sizes(trace)).toEqual({ search: [0, 0, 0], fetch: [0, 1, 1] })
  expect([...touched.keys()]).toEqual(['search'])
})
