import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Facts, ToolRun } from '../../../src/map/facts/facts.ts'
import { at, nodeOf, settled, span, tool } from '../facts.ts'
import { byStart } from '../oracle.ts'
import { lesserSpans } from '../span-oracle.ts'

/** A tool's span of an origin, from `from` to `to` seconds, below the run's span 1. */
function ran(n: number, origin: string, [from, to]: readonly [number, number], run: Partial<ToolRun> = {}): Facts {
  return span(n, 1, { kind: 'tool', origin, startNs: at(from), endNs: at(to), tool: tool(run) })
}

const root = span(1, 0, { kind: 'agent', startNs: at(0), endNs: at(100) })
const input = '{"q":"port"}'

/** The numbers of the spans that have a row, of these after the root. */
function shown(...spans: readonly Facts[]): number[] {
  const { trace } = settled([root, ...spans])
  return spans.map(({ id }) => Number.parseInt(id, 16)).filter((n) => nodeOf(trace, n).rows!.tools.length > 0)
}

describe('two spans beside each other are one run', () => {
  test.each<[string, Partial<ToolRun>, Partial<ToolRun>]>([
    ['with one call id', { callId: 'c1', input }, { callId: 'c1', input: '{"q":"else"}' }],
    ['with equal arguments', { input }, { input }],
    ['with the values of the arguments alone', { input }, { input: '"port"' }],
    ['where arguments are unknown', { input }, {}],
    ['where one has no call id', { callId: 'c1', input }, { input }],
  ])('%s', (_, one, other) => {
    expect(shown(ran(2, 'a', [1, 4], one), ran(3, 'b', [2, 3], other))).toEqual([2])
  })

  test('the one that has the call id is shown, then the one that names its arguments', () => {
    expect(shown(ran(2, 'a', [1, 4], { input }), ran(3, 'b', [2, 3], { callId: 'c1' }))).toEqual([3])
    expect(shown(ran(2, 'a', [1, 4], { input: '"port"' }), ran(3, 'b', [2, 3], { input }))).toEqual([3])
  })

  test('a failure of either is that of the run', () => {
    const failed = ran(3, 'b', [2, 3], { input, success: false, error: 'out of reach' })
    const { trace } = settled([root, ran(2, 'a', [1, 4], { input })], [failed])
    expect(nodeOf(trace, 2).rows!.tools).toMatchObject([{ success: false, error: 'out of reach' }])
    expect(nodeOf(trace, 3).rows!.tools).toEqual([])
  })
})

describe('two spans beside each other are two runs', () => {
  test.each<[string, Facts, Facts]>([
    ['of one origin', ran(2, 'a', [1, 4], { input }), ran(3, 'a', [2, 3], { input })],
    ['one after the other', ran(2, 'a', [1, 2], { input }), ran(3, 'b', [3, 4], { input })],
    ['with two call ids', ran(2, 'a', [1, 4], { callId: 'c1', input }), ran(3, 'b', [2, 3], { callId: 'c2', input })],
    ['with other arguments', ran(2, 'a', [1, 4], { input }), ran(3, 'b', [2, 3], { input: '{"q":"else"}' })],
    ['of two tools', ran(2, 'a', [1, 4], { input }), ran(3, 'b', [2, 3], { input, name: 'other' })],
  ])('%s', (_, one, other) => {
    expect(shown(one, other)).toEqual([2, 3])
  })
})

test('parallel runs with the same arguments pair one to one, in the order of time', () => {
  const spans = [
    ran(2, 'a', [1, 9], { input }),
    ran(3, 'a', [2, 9], { input }),
    ran(4, 'b', [3, 9], { input }),
    ran(5, 'b', [4, 9], { input }),
    ran(6, 'b', [5, 9], { input }),
  ]
  expect(shown(...spans)).toEqual([2, 3, 6])
  expect(shown(...spans.reverse())).toEqual([6, 3, 2])
})

test('a span below another one of its run takes no part, nor does its own better span lose the row', () => {
  const inner = span(3, 2, { kind: 'tool', origin: 'mcp', startNs: at(2), endNs: at(3), tool: tool({ input }) })
  expect(shown(ran(2, 'a', [1, 4], { input }), inner, ran(4, 'b', [1, 4], { input }))).toEqual([2])
})

/** Many spans of one tool, seconds apart or at once. */
const manySpans = fc
  .array(
    fc.record({
      origin: fc.constantFrom('a', 'b', 'c'),
      run: fc.constantFrom<Partial<ToolRun>>({}, { input }, { input }, { callId: 'c1' }, { input: '{"q":"else"}' }),
      from: fc.integer({ min: 1, max: 90 }),
      length: fc.constantFrom(0, 1, 2, 8),
    }),
    { minLength: 20, maxLength: 50 },
  )
  .map((all) => all.map(({ origin, run, from, length }, i) => ran(i + 2, origin, [from, from + length], run)))

test('many spans are put together as the rules want, in any order and batches', () => {
  fc.assert(
    fc.property(
      manySpans.chain((all) =>
        fc.tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.integer({ min: 1, max: 9 })),
      ),
      ([arrived, size]) => {
        const batches = Array.from({ length: Math.ceil(arrived.length / size) }, (_, i) =>
          arrived.slice(i * size, (i + 1) * size),
        )
        const { trace } = settled([root], ...batches)
        const lesser = lesserSpans(arrived.toSorted(byStart))
        for (const facts of arrived) {
          const { duplicateOf } = trace.nodes.get(facts.id)!.toolState
          expect(duplicateOf?.facts.id).toBe(lesser.get(facts)?.id)
        }
      },
    ),
  )
})
