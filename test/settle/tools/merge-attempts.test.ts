import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { nodeOf, settled, span } from '../facts.ts'
import { toolRows, toolSpan } from './conversation.ts'

/** The span of an attempt at the activity `a1`, under a workflow whose span has number 90. */
function attempt(n: number, other: Partial<Facts> = {}): Facts {
  return span(n, 90, { run: { role: 'inside', run: 'r1', activity: 'a1', passesOn: false }, ...other })
}

const workflow = span(90, 0, { kind: 'workflow', workflowId: 'wf' })

/** By the number of the span of each row: which attempt it is. */
function attempts(...facts: Facts[]): [node: number, attempts: number][] {
  return toolRows(workflow, ...facts).map(({ place, attempts }) => [Number.parseInt(place.node, 16), attempts])
}

test('of several attempts at an activity the last run of a tool has the row', () => {
  expect(attempts(attempt(10), toolSpan(11, {}, 10), attempt(20), toolSpan(21, {}, 20))).toEqual([[21, 2]])
})

test('the k-th run of a tool in one attempt is its k-th run in the others', () => {
  const first = [attempt(10), toolSpan(11, {}, 10), toolSpan(12, {}, 10), toolSpan(13, { name: 'fetch' }, 10)]
  const second = [attempt(20), toolSpan(21, {}, 20)]
  expect(attempts(...first, ...second)).toEqual([
    [12, 1],
    [13, 1],
    [21, 2],
  ])
})

test('a span inside another span of the same run is no attempt', () => {
  const inner = toolSpan(12, {}, 11)
  expect(attempts(attempt(10), toolSpan(11, {}, 10), inner, attempt(20), toolSpan(21, {}, 20))).toEqual([[21, 2]])
})

test('runs in other activities and outside of any are not attempts', () => {
  const other = attempt(20, { run: { role: 'inside', run: 'r1', activity: 'a2', passesOn: false } })
  expect(attempts(attempt(10), toolSpan(11, {}, 10), other, toolSpan(21, {}, 20), toolSpan(31, {}, 90))).toEqual([
    [11, 1],
    [21, 1],
    [31, 1],
  ])
})

describe('an activity under nothing that was traced', () => {
  const alone = (n: number) => attempt(n, { parent: '', workflowId: 'wf' })

  test('reports its tool runs to the workflow, whose other attempts may be in other traces', () => {
    const { trace } = settled([alone(10), toolSpan(11, {}, 10), toolSpan(12, {}, 10)])
    const reports = [11, 12].map((n) => nodeOf(trace, n).rows!.report)
    expect(reports).toMatchObject([{ run: 'a1 search 0' }, { run: 'a1 search 1' }])
    expect([11, 12].map((n) => nodeOf(trace, n).rows!.tools)).toEqual([[], []])
  })

  test('reports a later run anew when an earlier one arrives', () => {
    const { trace } = settled([alone(10), toolSpan(12, {}, 10)], [toolSpan(11, {}, 10)])
    expect(nodeOf(trace, 12).rows!.report).toMatchObject({ run: 'a1 search 1' })
  })
})
