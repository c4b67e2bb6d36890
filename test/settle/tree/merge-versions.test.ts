import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { mergeVersions } from '../../../src/settle/tree/merge-versions.ts'
import { at, nodeOf, span, traceId } from '../facts.ts'

/** A version of the span 1 that ends after so many seconds. */
const version = (seconds: number, other: Partial<Facts> = {}) =>
  span(1, 0, { endNs: at(seconds), digest: String(seconds).repeat(64), ...other })

function merged(...batches: Facts[][]) {
  const trace = emptyTrace(traceId)
  const results = batches.map((batch) => mergeVersions(trace, batch))
  return { trace, results, last: results.at(-1)! }
}

test('a new span becomes a node, and its outcome depends on the trace', () => {
  const { trace, last } = merged([version(2), span(2, 1)])
  expect(last.outcomes).toEqual([null, null])
  expect([...last.fresh].map(({ facts }) => facts.id)).toEqual([...trace.nodes.keys()])
  expect(last.replaced.size).toBe(0)
})

test('the same span again, or a worse version, changes nothing', () => {
  const { trace, last } = merged([version(3)], [version(3), version(2)])
  expect(last).toEqual({ outcomes: ['duplicate', 'duplicate'], fresh: [], replaced: new Map() })
  expect(nodeOf(trace, 1).facts.endNs).toBe(at(3))
})

test('a better version replaces the facts of a known node', () => {
  const { trace, last } = merged([version(2)], [version(3)])
  expect(last.outcomes).toEqual([null])
  expect([last.fresh.length, [...last.replaced.keys()]]).toEqual([0, [nodeOf(trace, 1)]])
  expect(nodeOf(trace, 1).facts.endNs).toBe(at(3))
})

test('of three versions in one batch the best stays, and the others are duplicates', () => {
  const { trace, last } = merged([version(2), version(4), version(3)])
  expect(last.outcomes).toEqual(['duplicate', null, 'duplicate'])
  expect([last.fresh.length, last.replaced.size]).toEqual([1, 0])
  expect(nodeOf(trace, 1).facts.endNs).toBe(at(4))
})

test('a known node that gets two better versions in one batch is replaced once', () => {
  const { last } = merged([version(2)], [version(3), version(4)])
  expect(last.outcomes).toEqual(['duplicate', null])
  expect(last.replaced.size).toBe(1)
})

test('a known version that comes again is a duplicate, whatever follows it in its batch', () => {
  const known = version(2, { name: 'one' })
  const { last } = merged([known], [known, version(3, { name: 'other' })])
  expect(last.outcomes).toEqual(['duplicate', null])
  expect(last.replaced.size).toBe(1)
})

test('a version with another name is another span under a used id', () => {
  const { last } = merged([version(2, { name: 'one' }), version(3, { name: 'other' })])
  expect(last.outcomes).toEqual(['conflict', null])
  expect(merged([version(3, { name: 'one' })], [version(2, { name: 'other' })]).last.outcomes).toEqual(['conflict'])
})

test('a version that had not ended is a duplicate, though the span was renamed since', () => {
  const open = version(2, { name: 'one', open: true })
  expect(merged([open, version(3, { name: 'other' })]).last.outcomes).toEqual(['duplicate', null])
})
