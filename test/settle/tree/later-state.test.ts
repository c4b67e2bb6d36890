import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { isLaterState } from '../../../src/settle/tree/later-state.ts'
import { propertyRuns } from '../../support/property-runs.ts'
import { arrivals, factSets } from '../arbitrary.ts'
import { call, nodeOf, settled, span, tool, usage } from '../facts.ts'
import { expectReadAgain, expectSums, play, snapshot } from '../play.ts'

const runs = propertyRuns(40)

/** A span as it is sent when it begins. */
function begun(facts: Facts): Facts {
  const nothing = { usage: null, unknownUsage: null, asks: [], answers: [], statements: {}, error: null }
  const events = facts.events.filter(({ type }) => type === 'tool.called')
  const digest = `-${facts.digest.slice(1)}`
  return { ...facts, ...nothing, events, open: true, endNs: facts.startNs, attributeCount: 0, outcome: 'ok', digest }
}

test('laws 2 and 4: spans that are sent when they begin, too, make the rows that they make alone', () => {
  fc.assert(
    fc.property(
      factSets.chain((given) => {
        const set = given.filter(({ open }) => !open)
        const began = set.filter(({ source }) => source === 'span').map(begun)
        return fc.tuple(fc.constant(set), arrivals([...began, ...set]))
      }),
      ([set, batches]) => {
        const played = play(batches, expectSums)
        // the last version of each id is among the set, which may have two of one id
        expect(snapshot(played)).toEqual(snapshot(play([set])))
        expectReadAgain(played)
      },
    ),
    { numRuns: runs },
  )
})

test.each([
  ['it had a usage', { usage: usage() }],
  ['it asked for a tool', { asks: [{ callId: 'c', name: 'search', input: null }] }],
  ['it had another parent', { parent: 'f'.repeat(16) }],
  ['it named another workflow', { workflowId: 'other' }],
  ['it named another agent', { agent: 'bert' }],
  ['it was of another kind', { kind: 'agent' as const }],
])('a version takes something back where %s before', (_, before) => {
  const { trace } = settled([call(1, 0)])
  const node = nodeOf(trace, 1)
  expect(isLaterState(trace, node, begun(node.facts))).toBe(true)
  expect(isLaterState(trace, node, { ...begun(node.facts), ...before })).toBe(false)
})

test('a version takes something back where a child has no time of its own, or the tool has other arguments', () => {
  const { trace } = settled([
    span(1, 0),
    span(2, 1, { startNs: 0n, endNs: 0n }),
    span(3, 1, { kind: 'tool', tool: tool() }),
  ])
  const [parent, ran] = [nodeOf(trace, 1), nodeOf(trace, 3)]
  expect(isLaterState(trace, parent, begun(parent.facts))).toBe(false)
  expect(isLaterState(trace, ran, begun(ran.facts))).toBe(true)
  expect(isLaterState(trace, ran, { ...begun(ran.facts), tool: tool({ input: '{"other":1}' }) })).toBe(false)
})
