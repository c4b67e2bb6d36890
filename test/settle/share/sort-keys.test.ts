import { describe, expect, test } from 'vitest'
import type { ShareField } from '../../../src/settle/share/fields.ts'
import {
  candidateKey,
  entryKey,
  type KeyParts,
  kindRank,
  nodeKey,
  runEndKey,
} from '../../../src/settle/share/sort-keys.ts'
import { earliestFirst } from '../../../src/settle/share/times.ts'
import { at, span, spanId, traceId } from '../facts.ts'

const parts: KeyParts = {
  start: earliestFirst(at(1)),
  endNs: at(2),
  entry: 1,
  kind: 2,
  node: `${spanId(1)} ${traceId}`,
}
const node = '0000000000000001 0af7651916cd43dd8448eb211c80319c'
const start = '01790000001000000000'
const end = '98209999997999999999'

test.each<[ShareField, string]>([
  ['start', start],
  ['recordStart', start],
  ['begun', start],
  ['inside', start],
  ['outside', start],
  ['event', start],
  ['parentWorkflow', start],
  ['service', start],
  ['stop', end],
  ['cause', end],
  ['close', end],
  ['error', `2 ${end}`],
  ['query', `3 ${start} 1 2`],
  ['result', `3 1 ${end}`],
  ['user', `3 ${start} 1`],
  ['session', `3 ${start} 1`],
  ['mode', `1 ${start}`],
  ['complexity', `1 ${start}`],
  ['tenantId', `1 ${start}`],
  ['workflowName', `1 ${start}`],
])('the stored key of %s keeps its format', (field, order) => {
  expect(candidateKey(field, parts, 3)).toBe(`${order} ${node}`)
})

describe('the smaller key wins', () => {
  const wins = (field: ShareField, better: Partial<KeyParts>, worse: Partial<KeyParts>, ranks = [0, 0]) =>
    candidateKey(field, { ...parts, ...better }, ranks[0]) < candidateKey(field, { ...parts, ...worse }, ranks[1])

  test('a query of a better source goes before an earlier one, and that before one of an entry', () => {
    const earlier = { start: earliestFirst(at(0)) }
    expect(wins('query', {}, earlier, [0, 1])).toBe(true)
    expect(wins('query', earlier, { entry: 0 })).toBe(true)
    expect(wins('query', { entry: 0 }, { kind: 0 })).toBe(true)
  })

  test('a result of an entry goes before one that ended later, and a later end before an earlier one', () => {
    expect(wins('result', { entry: 0 }, { endNs: at(9) })).toBe(true)
    expect(wins('result', { endNs: at(9) }, {})).toBe(true)
  })

  test('the error of a workflow goes before that of an agent which ended later', () => {
    expect(wins('error', { kind: 0 }, { endNs: at(9) })).toBe(true)
  })

  test('the entry that started last decides, and of one moment the one with the smaller id', () => {
    expect(entryKey(span(2, 0)) < entryKey(span(1, 0))).toBe(true)
    expect(entryKey(span(1, 0, { startNs: at(5) })) < entryKey(span(2, 0, { startNs: at(5) }))).toBe(true)
  })

  test('of the ends of a run the smaller rank decides, then the earlier end', () => {
    expect(runEndKey(0, span(9, 0)) < runEndKey(1, span(1, 0))).toBe(true)
    expect(runEndKey(1, span(1, 0)) < runEndKey(1, span(2, 0))).toBe(true)
  })
})

test('the stored keys of entries and of ends of runs keep their format', () => {
  expect(entryKey(span(1, 0))).toBe(`98209999998999999999 ${node}`)
  expect(runEndKey(2, span(1, 0))).toBe(`2 01790000002000000000 ${node}`)
  expect(nodeKey(spanId(1), traceId)).toBe(node)
})

test('workflow, task and agent spans go before all others', () => {
  const kinds = ['workflow', 'task', 'agent', 'llm', 'embedding', 'rerank', 'tool', 'plain'] as const
  expect(kinds.map(kindRank)).toEqual([0, 1, 2, 3, 3, 3, 3, 3])
})
