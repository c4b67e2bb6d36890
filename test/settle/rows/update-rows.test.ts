import { expect, test } from 'vitest'
import { noRowChanges } from '../../../src/settle/model/rows.ts'
import { rowsOfNode } from '../../../src/settle/rows/node-rows.ts'
import { setStoredCost, updateRows, withdrawRows } from '../../../src/settle/rows/update-rows.ts'
import { fixedPrice } from '../../support/prices.ts'
import { call, event, nodeOf, price, settled, span } from '../facts.ts'

test('the rows of a node are derived, kept, and compared with the last ones', () => {
  const { trace } = settled([call(1, 0)])
  const node = nodeOf(trace, 1)
  const before = node.rows!
  const changes = noRowChanges()
  node.facts = { ...node.facts, usage: { ...node.facts.usage!, prompt: 101 } }
  const dearer = fixedPrice(999, 'openai')
  const rows = updateRows(trace, node, { price: dearer, isReplaced: false, changes })
  expect(rows).toEqual(rowsOfNode(trace, node, dearer))
  expect(rows.usage).toMatchObject({ costNano: 999n, price: { parts: { input: 999 } } })
  expect(node.rows).toBe(rows)
  expect(changes.usage).toEqual({ added: [rows.usage], removed: [before.usage], moved: [], reassigned: [] })
  const none = noRowChanges()
  updateRows(trace, node, { price: dearer, isReplaced: false, changes: none })
  expect(none).toEqual(noRowChanges())
})

test('a newer price changes no row, but a cost that is stated now does', () => {
  const { trace } = settled([call(1, 0)])
  const node = nodeOf(trace, 1)
  const before = node.rows!
  const changes = noRowChanges()
  expect(updateRows(trace, node, { price: fixedPrice(999), isReplaced: false, changes })).toEqual(before)
  expect(changes).toEqual(noRowChanges())
  node.facts = { ...node.facts, usage: { ...node.facts.usage!, statedCostNano: 5 } }
  updateRows(trace, node, { price, isReplaced: false, changes })
  expect(changes.usage.added).toMatchObject([{ costNano: 5n, price: { source: 'stated', parts: { stated: 5 } } }])
})

test('the events of a replaced node are written again', () => {
  const { trace } = settled([span(1, 0, { kind: 'agent', events: [event('agent.started', 1)] })])
  const changes = noRowChanges()
  updateRows(trace, nodeOf(trace, 1), { price, isReplaced: true, changes })
  expect([changes.events.added.length, changes.events.removed.length]).toEqual([1, 1])
})

test('withdrawn rows are all removed', () => {
  const { trace } = settled([call(1, 0, {}, { events: [event('llm.called', 1)] })])
  const { events, usage } = nodeOf(trace, 1).rows!
  const changes = noRowChanges()
  withdrawRows(nodeOf(trace, 1), changes)
  expect([changes.events.removed, changes.usage.removed, nodeOf(trace, 1).rows]).toEqual([events, [usage], null])
  withdrawRows(nodeOf(trace, 1), changes)
  expect(changes.usage.removed).toHaveLength(1)
})

test('a stored cost replaces that of the price list', () => {
  const { trace } = settled([call(1, 0)])
  const node = nodeOf(trace, 1)
  const { id } = node.rows!.usage!
  const price = { source: 'list', listDate: '2025-01-01', parts: { input: 7 } } as const
  const stored = { costNano: 7n, unpriced: false, price }
  expect(setStoredCost(node, new Map([[id, stored]]))?.usage).toMatchObject(stored)
  expect(node.rows!.usage!).toMatchObject(stored)
})

test('a row that was written without a price has one if a cost is stored', () => {
  const { trace } = settled([call(1, 0, { model: 'none' })])
  const node = nodeOf(trace, 1)
  const unpriced = { ...node.rows!.usage!, costNano: 5n, unpriced: true }
  const { id } = unpriced
  const set = (costNano: bigint) => {
    node.rows = { ...node.rows!, usage: unpriced }
    const price = { source: null, listDate: null, parts: null }
    return setStoredCost(node, new Map([[id, { costNano, unpriced: null, price }]]))?.usage
  }
  expect(set(0n)).toMatchObject({ costNano: 0n, unpriced: true })
  expect(set(7n)).toMatchObject({ costNano: 7n, unpriced: false })
})

test('nothing changes where the cost is the same, unknown, or there is no usage row', () => {
  const { trace } = settled([call(1, 0), span(2, 0)])
  const { rows } = nodeOf(trace, 1)
  const { id, costNano, unpriced, price } = rows!.usage!
  expect(setStoredCost(nodeOf(trace, 1), new Map([[id, { costNano, unpriced, price }]]))).toBeNull()
  expect(setStoredCost(nodeOf(trace, 1), new Map())).toBeNull()
  expect(setStoredCost(nodeOf(trace, 2), new Map())).toBeNull()
  expect(nodeOf(trace, 1).rows).toEqual(rows)
})
