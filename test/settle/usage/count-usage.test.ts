import { expect, test } from 'vitest'
import { changedUsage, newNode } from '../../../src/settle/model/new-node.ts'
import type { Node } from '../../../src/settle/model/node.ts'
import { addTokensOfJoined, countedTokens, recountUsage } from '../../../src/settle/usage/count-usage.ts'
import { call, nodeOf, settled, span, usage } from '../facts.ts'

/** A line of nodes: an agent, a plain span, a call. */
function line(): { agent: Node; plain: Node; leaf: Node } {
  const [agent, plain, leaf] = [span(1, 0, { kind: 'agent' }), span(2, 1), call(3, 2)].map(newNode) as [
    Node,
    Node,
    Node,
  ]
  plain.parent = agent
  leaf.parent = plain
  return { agent, plain, leaf }
}

test('a usage that comes to count adds its tokens to all nodes above, and those that show a sum are dirty', () => {
  const { agent, plain, leaf } = line()
  const dirty = new Set<Node>()
  recountUsage([leaf], dirty)
  expect([agent, plain, leaf].map(({ usageState }) => usageState.tokensBelow)).toEqual([120, 120, 0])
  expect([countedTokens(leaf), countedTokens(agent)]).toEqual([120, 0])
  expect([...dirty]).toEqual([agent])
})

test('a usage that counts already is not added twice', () => {
  const { agent, leaf } = line()
  recountUsage([leaf], new Set())
  const dirty = new Set<Node>()
  recountUsage([leaf], dirty)
  expect([agent.usageState.tokensBelow, dirty.size]).toEqual([120, 0])
})

test('a usage that turns out to be a duplicate takes its tokens away again', () => {
  const { agent, leaf } = line()
  recountUsage([leaf], new Set())
  changedUsage(leaf).duplicateOf = newNode(call(4, 0))
  recountUsage([leaf], new Set())
  expect([agent.usageState.tokensBelow, countedTokens(leaf)]).toEqual([0, 0])
})

test('a copy of a call, a covered usage and no usage do not count', () => {
  const nodes = [span(1, 0, { usage: usage({ role: 'copy' }) }), span(2, 0), call(3, 0)].map(newNode)
  changedUsage(nodes[0]!).duplicateOf = newNode(call(4, 0))
  changedUsage(nodes[2]!).hasSameCallBelow = true
  for (const node of nodes) recountUsage([node], new Set())
  expect(nodes.map(countedTokens)).toEqual([0, 0, 0])
})

test('a node with a usage of its own, or with the row of an agent, shows the sum below it', () => {
  const { plain, leaf } = line()
  plain.facts = { ...plain.facts, usage: usage({ role: 'aggregate' }) }
  const dirty = new Set<Node>()
  recountUsage([leaf], dirty)
  expect(dirty.has(plain)).toBe(true)
  const { trace } = settled([span(2, 9, { kind: 'llm', agent: 'anna', workflowId: 'wf' }), call(3, 2)])
  expect(nodeOf(trace, 2).rows!.agent).toMatchObject({ name: 'anna', state: 'EXECUTING' })
  const again = new Set<Node>()
  changedUsage(nodeOf(trace, 3)).duplicateOf = nodeOf(trace, 2)
  recountUsage([nodeOf(trace, 3)], again)
  expect(again).toContain(nodeOf(trace, 2))
})

test('joined subtrees bring all their tokens, also where one lies below another', () => {
  const { agent, plain, leaf } = line()
  plain.parent = null
  leaf.parent = null
  recountUsage([leaf], new Set())
  changedUsage(plain).tokensBelow = 7
  plain.parent = agent
  leaf.parent = plain
  const dirty = new Set<Node>()
  addTokensOfJoined([plain, leaf], dirty)
  expect([agent, plain].map(({ usageState }) => usageState.tokensBelow)).toEqual([127, 127])
  expect([...dirty]).toEqual([agent])
})
