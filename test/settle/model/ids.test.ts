import { expect, test } from 'vitest'
import { identityOf, namedId, ordinals, rowId, taskId } from '../../../src/settle/model/ids.ts'

const startNs = 1_790_000_000_123_456_789n

test('a row id starts with the milliseconds, is a UUID of version 8, and stays what it is', () => {
  const [id, ...others] = ['span', 'other', 'third', 'x'].map((one) =>
    rowId(identityOf(startNs, 'trace', one), ordinals.usage),
  ) as [string, ...string[]]
  // stored ids must not change: another value here would write every row a second time
  expect(id).toBe('01a0c4506c7b87bbae7c0443478e7fff')
  expect(others).toEqual([
    '01a0c4506c7b8f7eb2405844333f3fff',
    '01a0c4506c7b83209a7638be9d3b3fff',
    '01a0c4506c7b8aa6ad597c85db593fff',
  ])
  expect(Number.parseInt(id.slice(0, 12), 16)).toBe(1_790_000_000_123)
  expect(id[12]).toBe('8')
  expect('89ab').toContain(id[16])
})

test('the ordinals of one identity make different ids, which are in order', () => {
  expect(ordinals).toEqual({ usage: 16383, tool: 16382, agent: 16381, lastEvent: 16000 })
  const identity = identityOf(startNs, 'a', 'b')
  const all = [0, 1, ordinals.lastEvent, ordinals.agent, ordinals.tool, ordinals.usage]
  const ids = all.map((ordinal) => rowId(identity, ordinal))
  expect(new Set(ids).size).toBe(all.length)
  expect([...ids].sort()).toEqual(ids)
  expect(ids.every((id) => id.length === 32)).toBe(true)
})

test('each part and the time decide the identity', () => {
  const ids = [
    identityOf(startNs, 'a', 'b'),
    identityOf(startNs, 'a', 'c'),
    identityOf(startNs, 'ab', ''),
    identityOf(startNs + 1_000_000n, 'a', 'b'),
  ].map((identity) => rowId(identity, 0))
  expect(new Set(ids).size).toBe(4)
  expect(rowId(identityOf(startNs, 'a', 'b'), 0)).toBe(ids[0])
})

test('a task has an id by its workflow alone, which stays what it is', () => {
  expect(taskId('wf-1')).toBe(namedId('task', '', 'wf-1'))
  expect(['wf-1', 'wf-2', 'wf-3'].map((workflow) => taskId(workflow))).toEqual([
    '1dbea8350f328c4b91f7877c08ec5423',
    'ac6b9af0ab718d8aa3c198d2cbbafd7e',
    '28cc5164031a8100a1ff1d67c5ea7681',
  ])
})
