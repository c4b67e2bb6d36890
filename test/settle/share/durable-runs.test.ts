import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  fewCopies,
  joinRuns,
  lastRuns,
  noRuns,
  type RunState,
  type RunStates,
  replaceRuns,
} from '../../../src/settle/share/durable-runs.ts'

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
