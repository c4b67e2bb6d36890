import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Facts, RunPart } from '../../../src/map/facts/facts.ts'
import {
  fewCopies,
  joinRun,
  joinRuns,
  lastRun,
  lastRuns,
  noRuns,
  type RunState,
  type RunStates,
  replaceRuns,
  runStateOf,
} from '../../../src/settle/share/durable-runs.ts'
import { at, span } from '../facts.ts'

const ns = fc.integer({ min: 0, max: 200 }).map((n) => 1_790_000_000_000_000_000n + BigInt(n))

const state: fc.Arbitrary<RunState> = fc
  .record({ lastNs: ns, insideNs: ns, copy: fc.option(ns, { nil: null }), end: fc.option(ns, { nil: null, freq: 1 }) })
  .map(({ lastNs, insideNs, copy, end }) => ({
    lastNs,
    insideNs,
    copies: copy === null || copy < insideNs ? [] : [copy],
    end: end === null ? null : { key: `1 ${end}`, endNs: end, outcome: 'ok', error: null, passesOn: false },
  }))

/** The states that spans report one after another: of few runs with many copies, or of more runs than are kept. */
const said = fc.integer({ min: 1, max: 40 }).chain((runs) =>
  fc.array(
    fc.record({
      trace: fc.constantFrom('t1', 't2', 't3'),
      run: fc.integer({ min: 1, max: runs }).map((n) => `r${n}`),
      state,
    }),
    { minLength: 1, maxLength: 120 },
  ),
)

function close(runs: RunStates): RunStates {
  return lastRuns(new Map([...runs].map(([id, run]) => [id, fewCopies(run)])))
}

test('replacing the runs of one trace after another gives the fold of all traces, however many runs and copies there are', () => {
  fc.assert(
    fc.property(said, (list) => {
      const traces = new Map<string, RunStates>()
      const shares = new Map<string, RunStates>()
      const fold = () => lastRuns([...shares.values()].reduce(joinRuns, noRuns))
      let whole = noRuns
      for (const { trace, run, state: one } of list) {
        traces.set(trace, joinRuns(traces.get(trace) ?? noRuns, new Map([[run, one]])))
        const [before, after] = [shares.get(trace) ?? noRuns, close(traces.get(trace)!)]
        shares.set(trace, after)
        whole = replaceRuns(whole, before, after) ?? fold()
        expect(byId(whole)).toEqual(byId(fold()))
      }
    }),
  )
})

function byId(runs: RunStates): unknown {
  return [...runs].sort(([a], [b]) => (a < b ? -1 : 1))
}

test('of a thousand copies that the queries of a closed workflow make, few are kept, the first and the last among them', () => {
  const at = (n: number) => 1_790_000_000_000_000_000n + BigInt(n)
  const copies = Array.from({ length: 1_000 }, (_, n) => at(n))
  const few = fewCopies({ lastNs: at(0), insideNs: at(0), copies, end: null })
  expect(few.copies.length).toBeLessThan(50)
  expect([few.copies[0], few.copies.at(-1)]).toEqual([at(0), at(999)])
})

function stateOf(role: RunPart['role'], other: Partial<Facts> = {}): RunState | null {
  return runStateOf(span(1, 0, { run: { role, run: 'r1', activity: null, passesOn: false }, ...other }))
}

describe('what a span says about its run', () => {
  test('a span without a part, one outside and a stop say nothing', () => {
    expect(runStateOf(span(1, 0))).toBeNull()
    expect([stateOf('outside'), stateOf('stop')]).toEqual([null, null])
  })

  test('the run was not over before a part of it, unless that was cancelled', () => {
    expect(stateOf('inside')).toEqual({ lastNs: at(1), insideNs: at(2), copies: [], end: null })
    expect(stateOf('inside', { outcome: 'cancelled' })).toMatchObject({ insideNs: at(1) })
  })

  test('a span that is the run limits nothing: an open one has no end, a copy one that may be', () => {
    expect(stateOf('open')).toEqual({ lastNs: at(1), insideNs: 0n, copies: [], end: null })
    expect(stateOf('copy')).toEqual({ lastNs: at(1), insideNs: 0n, copies: [at(2)], end: null })
  })

  test('an end has the outcome of its span, a continuation its own', () => {
    expect(stateOf('end', { outcome: 'error', error: 'it broke' })?.end).toMatchObject({
      endNs: at(2),
      outcome: 'error',
      error: 'it broke',
      passesOn: false,
    })
    expect(stateOf('continued', { outcome: 'error' })?.end).toMatchObject({ outcome: 'continued' })
  })
})

describe('joining what two spans say about a run', () => {
  const end = (role: RunPart['role'], endNs: bigint, outcome: Facts['outcome'] = 'ok') =>
    stateOf(role, { endNs, outcome })!

  test.each([
    ['a continuation goes before a success', end('continued', at(9), 'error'), end('end', at(2))],
    ['a success goes before an earlier failure', end('end', at(9)), end('end', at(2), 'error')],
    ['the earlier of two failures decides', end('end', at(2), 'error'), end('end', at(9), 'cancelled')],
    ['an end goes before none', end('end', at(2)), stateOf('open')!],
  ])('%s, in any order', (_, decides, other) => {
    expect(joinRun(decides, other).end).toEqual(decides.end)
    expect(joinRun(other, decides).end).toEqual(decides.end)
  })

  test('no copy stays that ended before a part of the run', () => {
    const copies = [1, 3].map((n) => stateOf('copy', { endNs: at(n) })!).reduce(joinRun)
    expect(copies.copies).toEqual([at(1), at(3)])
    expect(joinRun(copies, stateOf('inside', { endNs: at(2) })!)).toMatchObject({ copies: [at(3)], insideNs: at(2) })
    expect(joinRun(copies, copies)).toEqual(copies)
  })
})

test('the last run is the one that started last, of one moment the one with the smaller id', () => {
  const run = (n: number): RunState => ({ lastNs: at(n), insideNs: 0n, copies: [], end: null })
  expect(lastRun(noRuns)).toBeNull()
  const [early, late] = [run(1), run(2)]
  expect(
    lastRun(
      new Map([
        ['a', early],
        ['b', late],
      ]),
    ),
  ).toBe(late)
  const other = run(2)
  expect(
    lastRun(
      new Map([
        ['b', late],
        ['a', other],
      ]),
    ),
  ).toBe(other)
})
