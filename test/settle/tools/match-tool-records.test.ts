import { expect, test } from 'vitest'
import type { Facts, ToolRun } from '../../../src/map/facts/facts.ts'
import { record, span, tool } from '../facts.ts'
import { toolRows, toolSpan } from './conversation.ts'

/** A log record of a run of `search`, which names the span `parent`. */
function toolRecord(n: number, parent: number, run: Partial<ToolRun> = {}): Facts {
  return record(n, parent, { kind: 'tool', tool: tool({ output: 'found', ...run }) })
}

const outputs = (...facts: Facts[]) => toolRows(...facts).map(({ output }) => output)

test('a record that names the span of its tool has no row, and completes that of the span', () => {
  const failed = toolRecord(3, 1, { success: false, error: 'broken', input: '{"q":"b"}' })
  expect(toolRows(toolSpan(1, { input: null }), failed)).toMatchObject([
    { input: '{"q":"b"}', output: 'broken', success: false, error: 'broken' },
  ])
})

test('records that name the span above match the spans below it in the order of time, whether or not it has arrived', () => {
  const below = [toolSpan(2, {}, 1), toolSpan(3, { output: 'own' }, 1), toolSpan(4, { name: 'fetch' }, 1)]
  const records = [toolRecord(5, 1, { output: 'first' }), toolRecord(6, 1, { output: 'second' })]
  expect(outputs(...below, ...records)).toEqual(['first', 'own', null])
  expect(outputs(span(1, 0), ...below, ...records)).toEqual(['first', 'own', null])
})

test('a record without a counterpart has a row of its own', () => {
  expect(outputs(toolSpan(2, {}, 1), toolRecord(3, 1, { name: 'fetch' }))).toEqual([null, 'found'])
  expect(outputs(toolSpan(2, {}, 1), toolRecord(3, 0))).toEqual([null, 'found'])
})

test('a span that a record names itself is not among the spans below its parent', () => {
  const [direct, above] = [toolRecord(4, 2, { output: 'direct' }), toolRecord(5, 1, { output: 'above' })]
  expect(outputs(toolSpan(2, {}, 1), toolSpan(3, {}, 1), direct, above)).toEqual(['direct', 'above'])
})

test('a record names a span that turns out to be a tool: the spans below it have no record', () => {
  expect(outputs(toolSpan(1, { name: 'agent' }), toolSpan(2, {}, 1), toolRecord(3, 1))).toEqual([null, null, 'found'])
})
