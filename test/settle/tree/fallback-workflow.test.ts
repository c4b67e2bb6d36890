import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { newNode } from '../../../src/settle/model/new-node.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { chooseFallbackWorkflow } from '../../../src/settle/tree/fallback-workflow.ts'
import { at, span, traceId } from '../facts.ts'

/** After each batch: whether the choice changed, and what it is. */
function choices(...batches: Facts[][]): [boolean, string][] {
  const trace = emptyTrace(traceId)
  return batches.map((batch) => [chooseFallbackWorkflow(trace, batch.map(newNode)), trace.fallbackWorkflow])
}

const named = (n: number, workflowId: string, other: Partial<Facts> = {}) => span(n, 0, { workflowId, ...other })

test('without a workflow id the trace id is chosen', () => {
  expect(choices([span(1, 0)])).toEqual([[false, traceId]])
})

test('the earliest node with a workflow id decides, whenever it arrives', () => {
  expect(choices([named(2, 'b'), named(3, 'c')], [named(1, 'a')], [named(4, 'd')])).toEqual([
    [true, 'b'],
    [true, 'a'],
    [false, 'a'],
  ])
})

test('of two that start at one moment the one with the smaller id decides', () => {
  const [one, two] = [named(1, 'a', { startNs: at(5) }), named(2, 'b', { startNs: at(5) })]
  expect(choices([one, two]).at(-1)).toEqual([true, 'a'])
  expect(choices([two], [one])).toEqual([
    [true, 'b'],
    [true, 'a'],
  ])
})

test('an earlier node with the same id changes nothing', () => {
  expect(choices([named(2, 'a')], [named(1, 'a')])).toEqual([
    [true, 'a'],
    [false, 'a'],
  ])
})
