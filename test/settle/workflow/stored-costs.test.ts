import { expect, test } from 'vitest'
import { applyStoredCosts } from '../../../src/settle/workflow/stored-costs.ts'
import { call, nodeOf, settled, span } from '../facts.ts'

const price = { source: 'list', listDate: '2025-01-01', parts: { input: 1_000 } } as const
const stored = { costNano: 1_000n, unpriced: false, price }

test('the costs of stored rows replace those of the price list, in the rows and in the share', () => {
  const { trace } = settled([span(1, 0, { workflowId: 'wf' }), call(2, 1), call(3, 1, { responseId: 'r' })])
  applyStoredCosts(trace, trace.nodes.values(), new Map([[nodeOf(trace, 2).rows!.usage!.id, stored]]))
  expect(nodeOf(trace, 2).rows!.usage!).toMatchObject(stored)
  const share = trace.shares.get('wf')!
  expect([share.lastClosed.sums.costNano, share.sums.costNano]).toEqual([1_120n, 1_120n])
})

test('what changes later is compared with the stored costs', () => {
  const { trace } = settled([call(1, 0, {}, { workflowId: 'wf' })])
  const node = nodeOf(trace, 1)
  applyStoredCosts(trace, [node], new Map([[node.rows!.usage!.id, stored]]))
  expect(nodeOf(trace, 1).contribution!.usage!.costNano).toBe(1_000n)
})
