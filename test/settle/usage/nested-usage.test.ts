import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Kind, Usage } from '../../../src/map/facts/facts.ts'
import { changedUsage, newNode } from '../../../src/settle/model/new-node.ts'
import type { Node } from '../../../src/settle/model/node.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import {
  type CoverReason,
  callIdentityOf,
  callsAbove,
  coverReasonOf,
  propagateUsageUp,
} from '../../../src/settle/usage/nested-usage.ts'
import { mapper } from '../../map/dialects/scoped.ts'
import { noPrice } from '../../support/prices.ts'
import { call, nodeOf, settled, span, usage } from '../facts.ts'

const map = mapper('@voltagent/core')
const id = (n: number): string => n.toString(16).padStart(16, '0')
const at = (n: number, parent: number): object => ({ spanId: id(n), parentSpanId: parent === 0 ? '' : id(parent) })

function sums(prefix: string, prompt: number, completion: number): Record<string, AnyValue> {
  return { [`${prefix}.prompt_tokens`]: prompt, [`${prefix}.completion_tokens`]: completion }
}

const boss = { 'entity.type': 'agent', 'entity.name': 'boss' }
const writer = { ...boss, 'subagent.name': 'writer' }

// each agent reports the sum of its own calls, and on another span the last of them
const run = [
  map('boss', { ...boss, ...sums('usage', 775, 99), 'agent.context': '{"workflow_id":"wf"}' }, at(1, 0)),
  map('llm:generateText', { ...boss, 'span.type': 'llm', ...sums('llm.usage', 331, 53) }, at(2, 1)),
  map('tool.execution:ask', { ...boss, 'span.type': 'tool', 'tool.name': 'ask' }, at(3, 1)),
  map('subagent:writer', { ...writer, ...sums('usage', 113, 47) }, at(4, 3)),
  map('llm:streamText', { ...writer, 'span.type': 'llm', ...sums('llm.usage', 113, 47) }, at(5, 4)),
]

/** The tokens that count for each agent. */
function bill(facts: typeof run): string[] {
  const trace = emptyTrace(run[0]!.trace)
  for (const one of facts) settle(trace, [one], noPrice)
  const rows = [...trace.nodes.values()].flatMap(({ rows }) => rows?.usage ?? [])
  return rows.map(({ place, prompt, completion }) => `${place.agent} ${prompt} + ${completion}`).sort()
}

test("a supervisor's sum of its own calls and those of its sub-agents all count, in any order", () => {
  expect(bill(run)).toEqual(['boss 775 + 99', 'writer 113 + 47'])
  expect(bill(run.toReversed())).toEqual(['boss 775 + 99', 'writer 113 + 47'])
})

test('without the sum of an agent, its last call counts', () => {
  expect(bill(run.slice(1))).toEqual(['null 331 + 53', 'writer 113 + 47'])
})

test('calls that work for an agent and are no tools count too: a judge, a title', () => {
  const judge = map('subagent:judge', { ...boss, 'subagent.name': 'judge', ...sums('usage', 31, 7) }, at(7, 6))
  const title = { ...boss, 'span.type': 'llm', 'llm.operation': 'generateTitle', ...sums('llm.usage', 64, 5) }
  const more = [
    map('eval.scorer', { ...boss, 'span.type': 'scorer', ...sums('usage', 31, 7) }, at(6, 1)),
    judge,
    map('llm:generateTitle', title, at(8, 1)),
  ]
  const expected = ['boss 64 + 5', 'boss 775 + 99', 'judge 31 + 7', 'writer 113 + 47']
  expect(bill([...run, ...more])).toEqual(expected)
  expect(bill([...more, ...run])).toEqual(expected)
})

/** What covers the usage of each span of a line, the first above all others; null where it counts. */
function covers(...line: (Partial<Usage> | Kind)[]): (CoverReason | null)[] {
  const facts = line.map((one, i) =>
    typeof one === 'string' ? span(i + 1, i, { kind: one }) : span(i + 1, i, { kind: 'llm', usage: usage(one) }),
  )
  const orders = [facts, facts.toReversed()].map((order) => {
    const { trace } = settled(...order.map((one) => [one]))
    return facts.map((_, i) => coverReasonOf(nodeOf(trace, i + 1)))
  })
  expect(orders[0], 'the order of arrival does not matter').toEqual(orders[1])
  return orders[0]!
}

const idA = { responseId: 'a' }
const idB = { responseId: 'b' }

describe('a usage in the line of ancestors and descendants', () => {
  test('is covered by the same call below', () => {
    expect(covers({}, 'plain', {})).toEqual(['call below', null, null])
    expect(covers({}, {}, {})).toEqual(['call below', 'call below', null])
  })

  test.each(['tool', 'agent', 'workflow', 'task'] as const)(
    'is no report of a call below a span of kind %s',
    (kind) => {
      expect(covers({}, kind, {})).toEqual([null, null, null])
    },
  )

  test('is another call where response id and counters differ, and the same where one of them is equal', () => {
    expect(covers(idA, { ...idB, prompt: 7 })).toEqual([null, null])
    expect(covers(idA, { ...idB, completion: 7 })).toEqual([null, null])
    expect(covers(idA, idB)).toEqual(['call below', null])
    expect(covers(idA, { ...idA, prompt: 7 })).toEqual(['call below', null])
    expect(covers({}, { ...idB, prompt: 7 })).toEqual(['call below', null])
  })

  test('is covered only by a usage of its class', () => {
    expect(covers({ class: 'embedding' }, {})).toEqual([null, null])
    expect(covers({ role: 'aggregate' }, { class: 'rerank' })).toEqual([null, null])
    expect(covers({ role: 'aggregate', class: 'rerank' }, { class: 'rerank' })).toEqual(['better report below', null])
  })

  test('is covered by a better or equal report below, also from beyond an agent', () => {
    expect(covers({ role: 'aggregate' }, 'agent', {})).toEqual(['better report below', null, null])
    expect(covers({ role: 'aggregate' }, { role: 'aggregate' })).toEqual(['better report below', null])
    expect(covers({ role: 'estimate' }, { role: 'partial' })).toEqual(['better report below', null])
  })

  test('is covered by a better report above, and by a call above with no agent between', () => {
    expect(covers({ role: 'aggregate' }, 'agent', { role: 'partial' })).toEqual([null, null, 'better report above'])
    expect(covers({}, { role: 'partial' })).toEqual([null, 'better report above'])
    expect(covers({}, 'agent', { role: 'partial' })).toEqual([null, null, null])
    expect(covers({}, { role: 'partial', class: 'embedding' })).toEqual([null, null])
  })

  test('as the sum of an agent, is not covered by such a sum of another agent', () => {
    expect(covers({ role: 'own' }, 'agent', { role: 'own' })).toEqual([null, null, null])
    expect(covers({ role: 'own' }, 'agent', {})).toEqual(['better report below', null, null])
  })

  test('as a copy, covers nothing', () => {
    expect(covers({ role: 'estimate' }, { role: 'copy' })[0]).toBeNull()
  })
})

test('ranks go up to all ancestors once, and only nodes with usage are returned', () => {
  const [top, plain, leaf] = [span(1, 0, { usage: usage({ role: 'own' }) }), span(2, 1), call(3, 2)].map(newNode) as [
    Node,
    Node,
    Node,
  ]
  plain.parent = top
  leaf.parent = plain
  expect([...propagateUsageUp([leaf])]).toEqual([top])
  expect([top, plain].map(({ usageState }) => usageState.ranksBelow)).toEqual([
    [0, 9, 9],
    [0, 9, 9],
  ])
  expect(propagateUsageUp([leaf]).size).toBe(0)
  // what lies below a joined node goes up with it, whatever its own usage
  const above = newNode(span(4, 0, { usage: usage({ role: 'own' }) }))
  top.parent = above
  expect([...propagateUsageUp([top])]).toEqual([above])
  expect(above.usageState.ranksBelow).toEqual([0, 9, 9])
})

test('the calls above a call with the same counters lend it their response id and trust', () => {
  const { trace } = settled([
    call(1, 0, { trust: 40, responseId: 'far' }),
    call(2, 1, { trust: 10, prompt: 7, responseId: 'other' }),
    call(3, 2, { trust: 20, responseId: 'near' }),
    call(4, 3, { trust: 30 }),
    call(5, 4, { trust: 30, responseId: 'own' }),
    span(6, 5, { kind: 'agent' }),
    call(7, 6, { trust: 30 }),
  ])
  const identity = (n: number) => callIdentityOf(nodeOf(trace, n))
  expect(identity(4)).toEqual({ responseId: 'near', trust: 40 })
  expect(identity(5)).toEqual({ responseId: 'own', trust: 40 })
  expect(identity(7)).toEqual({ responseId: null, trust: 30 })
  expect(callsAbove(nodeOf(trace, 4)).map(({ facts }) => Number(facts.id))).toEqual([3, 2, 1])
})

test('what a joined node has below it goes up for each class', () => {
  const ranks = ([chat, embedding, rerank]: readonly [number, number, number]) => {
    const [above, joined] = [newNode(span(1, 0)), newNode(span(2, 1))]
    joined.parent = above
    changedUsage(joined).ranksBelow = [chat, embedding, rerank]
    propagateUsageUp([joined])
    return above.usageState.ranksBelow
  }
  expect(ranks([3, 4, 5])).toEqual([3, 4, 5])
  expect(ranks([9, 9, 2])).toEqual([9, 9, 2])
})

test('a copy says nothing to the usages above it', () => {
  const [above, copy] = [newNode(call(1, 0, { role: 'lifetime' })), newNode(call(2, 1, { role: 'copy' }))]
  copy.parent = above
  expect([propagateUsageUp([copy]).size, above.usageState.ranksBelow]).toEqual([0, [9, 9, 9]])
})

test('a call that is the same as one above is noticed, though another call is known below', () => {
  const { trace, changes } = settled(
    [call(1, 0, { responseId: 'a' }), call(2, 1, { responseId: 'b', prompt: 7 })],
    [call(3, 1, {}, { origin: 'other' })],
  )
  expect(nodeOf(trace, 1).usageState.hasSameCallBelow).toBe(true)
  expect(changes[1]!.rows.usage.removed.map(({ place }) => place.node)).toEqual([nodeOf(trace, 1).facts.id])
})

test.each([{ prompt: 7 }, { completion: 7 }, { class: 'embedding' as const }])(
  'a call above with %o lends nothing',
  (other) => {
    const { trace } = settled([call(1, 0, { trust: 40, responseId: 'r', ...other }), call(2, 1)])
    expect(callIdentityOf(nodeOf(trace, 2))).toEqual({ responseId: null, trust: 30 })
  },
)
