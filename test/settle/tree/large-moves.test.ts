import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { derive, deriveMoved } from '../../../src/settle/derive.ts'
import { emptyTrace, type Trace, workflowOf } from '../../../src/settle/model/trace.ts'
import { writeDerived } from '../../../src/settle/settle.ts'
import { setMoves } from '../../../src/settle/tree/large-moves.ts'
import { noPrice } from '../../support/prices.ts'
import { propertyRuns } from '../../support/property-runs.ts'
import { arrivals, factSets } from '../arbitrary.ts'
import { event, nodeOf, price, settled, span, spanId, traceId } from '../facts.ts'
import { applyShares, expectSums, type Played, play, snapshot } from '../play.ts'

const runs = propertyRuns(200)

/** The nodes that still belong to the workflow that they had before, by id. */
function movesOf(trace: Trace): Map<string, string> {
  return new Map([...trace.moving].map(({ facts, movesFrom }) => [facts.id, movesFrom!]))
}

/** Moves so many of the nodes that are still to be moved. */
function moveSome({ traces, tables }: Played, most: number): void {
  for (const trace of traces.values()) {
    const ids = [...trace.moving].slice(0, most).map(({ facts }) => facts.id)
    if (ids.length === 0) continue
    const changes = writeDerived(deriveMoved(trace, ids), noPrice)
    tables.apply(changes.rows)
    applyShares(tables, trace.id, changes)
  }
}

/** A receiver that reads a trace while its rows are moved has what the receiver has that moves them. */
function expectSameMoves({ traces }: Played): void {
  for (const trace of traces.values()) {
    const again = emptyTrace(trace.id)
    const facts = [...trace.nodes.values()].map((node) => node.facts)
    const derived = derive(again, facts)
    setMoves(again, movesOf(trace), derived.dirty)
    writeDerived(derived, noPrice)
    const places = (one: Trace) => new Map([...one.nodes].map(([id, { rows }]) => [id, rows?.place.workflow]))
    expect(new Map([...places(again)].sort())).toEqual(new Map([...places(trace)].sort()))
    const shares = (one: Trace) => new Map([...one.shares].map(([id, { lastClosed }]) => [id, lastClosed.sums]))
    expect(shares(again)).toEqual(shares(trace))
  }
}

test('laws 2 and 4: rows that are moved in parts end where they belong, and sums are those of the rows at any time', () => {
  let delayed = 0
  fc.assert(
    fc.property(
      factSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set, 4), fc.nat(3))),
      ([set, batches, most]) => {
        const played = play(
          batches,
          (now) => {
            expectSums(now)
            expectSameMoves(now)
            moveSome(now, most)
            expectSums(now)
          },
          (trace, facts, unpriced) => {
            const changes = writeDerived(derive(trace, facts, 3), unpriced)
            delayed += changes.delayed.length
            return changes
          },
        )
        while ([...played.traces.values()].some(({ moving }) => moving.size > 0)) {
          moveSome(played, 2)
          expectSums(played)
        }
        expect(snapshot(played)).toEqual(snapshot(play([set])))
      },
    ),
    { numRuns: runs },
  )
  expect(delayed).toBeGreaterThan(0)
})

describe('a workflow id that comes late', () => {
  const children = [2, 3, 4].map((n) => span(n, 1, { kind: 'tool', events: [event('tool.seen', n)] }))
  const root = span(1, 0, { workflowId: 'wf' })

  test('leaves the rows of many nodes where they are, in the order of time', () => {
    const { trace } = settled(children)
    const { delayed } = derive(trace, [root], 2)
    expect(delayed.map(({ facts }) => facts.id)).toEqual([2, 3, 4].map(spanId))
    expect(workflowOf(trace, nodeOf(trace, 2))).toBe(traceId)
    expect(workflowOf(trace, nodeOf(trace, 1))).toBe('wf')
    expect(movesOf(trace)).toEqual(new Map([2, 3, 4].map((n) => [spanId(n), traceId])))
  })

  test('moves the rows of few nodes at once', () => {
    const { trace } = settled(children)
    expect(derive(trace, [root], 3).delayed).toEqual([])
    expect(workflowOf(trace, nodeOf(trace, 2))).toBe('wf')
  })

  test('a span that arrives meanwhile belongs where it says', () => {
    const { trace } = settled(children)
    writeDerived(derive(trace, [root], 2), price)
    writeDerived(derive(trace, [span(5, 2)], 2), price)
    expect(workflowOf(trace, nodeOf(trace, 5))).toBe('wf')
    expect(nodeOf(trace, 5).rows!.place.workflow).toBe('wf')
  })
})

test('a root may have more children than a call has arguments', () => {
  const many = Array.from({ length: 200_000 }, (_, n) => span(n + 2, 1))
  const { trace } = settled(many, [span(1, 0, { workflowId: 'wf' })])
  expect(nodeOf(trace, 1).children).toHaveLength(200_000)
})
