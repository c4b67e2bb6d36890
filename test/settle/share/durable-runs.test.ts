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
    expect(joinRun(copies, stateOf('inside', { endNs: at(3) })!).copies).toEqual([at(3)])
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

describe('replacing the runs of one trace', () => {
  const run = (n: number, other: Partial<RunState> = {}): RunState => ({
    lastNs: at(n),
    insideNs: 0n,
    copies: [],
    end: null,
    ...other,
  })
  const one = (n: number, other: Partial<RunState> = {}) => new Map([['r1', run(n, other)]])
  const elsewhere = new Map([
    ['r1', run(5)],
    ['r2', run(6)],
  ])
  const ended = (key: string, other: object = {}) => ({
    end: { key, endNs: at(1), outcome: 'error', error: 'e', passesOn: false, ...other } as const,
  })

  test.each<[string, Partial<RunState>, Partial<RunState>]>([
    ['started later', { lastNs: at(1) }, { lastNs: at(2) }],
    ['lasts longer', { insideNs: at(1) }, { insideNs: at(2) }],
    ['has another copy', { copies: [at(3)] }, { copies: [at(3), at(4)] }],
    ['has an end', {}, ended('1')],
    ['has a better end', ended('2'), ended('1')],
  ])('is enough where the run %s', (_, before, after) => {
    const whole = joinRuns(elsewhere, one(1, before))
    expect(replaceRuns(whole, one(1, before), one(1, after))).toEqual(joinRuns(elsewhere, one(1, after)))
  })

  test.each<[string, Partial<RunState>, Partial<RunState>]>([
    ['started earlier', { lastNs: at(2) }, { lastNs: at(1) }],
    ['was over earlier', { insideNs: at(2) }, { insideNs: at(1) }],
    ['lost a copy', { copies: [at(3), at(4)] }, { copies: [at(3)] }],
    ['has other copies', { copies: [at(3)] }, { copies: [at(4)] }],
    ['lost its end', ended('1'), {}],
    ['has a worse end', ended('1'), ended('2')],
    ['has another error', ended('1'), ended('1', { error: 'other' })],
    ['passes another error on', ended('1'), ended('1', { passesOn: true })],
  ])('is not enough where the run %s', (_, before, after) => {
    expect(replaceRuns(joinRuns(elsewhere, one(1, before)), one(1, before), one(1, after))).toBeNull()
  })

  test('is not enough where a run left', () => {
    expect(replaceRuns(elsewhere, one(5), noRuns)).toBeNull()
  })

  test('changes nothing where the trace has no runs', () => {
    expect(replaceRuns(elsewhere, noRuns, noRuns)).toBe(elsewhere)
    expect(replaceRuns(elsewhere, noRuns, one(7))).toEqual(joinRuns(elsewhere, one(7)))
  })

  test('is not enough where the runs of the workflow may be more than are kept', () => {
    const many = (count: number): RunStates => new Map(Array.from({ length: count }, (_, n) => [`m${n}`, run(n)]))
    expect(replaceRuns(many(16), noRuns, one(99))).toBeNull()
    expect(replaceRuns(many(15), noRuns, one(99))?.size).toBe(16)
    expect(replaceRuns(many(16), noRuns, new Map([['m3', run(99)]]))?.get('m3')?.lastNs).toBe(at(99))
  })
})

test('the runs of two traces are joined run by run', () => {
  const run = (n: number): RunState => ({ lastNs: at(n), insideNs: 0n, copies: [], end: null })
  const [a, b] = [
    new Map([
      ['r1', run(1)],
      ['r2', run(2)],
    ]),
    new Map([
      ['r2', run(5)],
      ['r3', run(3)],
    ]),
  ]
  expect([...joinRuns(a, b)].map(([id, { lastNs }]) => [id, lastNs])).toEqual([
    ['r1', at(1)],
    ['r2', at(5)],
    ['r3', at(3)],
  ])
  expect([joinRuns(a, noRuns), joinRuns(noRuns, b)]).toEqual([a, b])
  expect(joinRuns(a, noRuns)).toBe(a)
  expect(joinRuns(noRuns, b)).toBe(b)
})

test('16 runs are kept, those that started last', () => {
  const runs = (count: number): RunStates =>
    new Map(Array.from({ length: count }, (_, n) => [`r${n}`, { lastNs: at(n), insideNs: 0n, copies: [], end: null }]))
  const sixteen = runs(16)
  expect(lastRuns(sixteen)).toBe(sixteen)
  expect([...lastRuns(runs(18)).keys()]).toEqual(Array.from({ length: 16 }, (_, i) => `r${17 - i}`))
})

test('32 copies are kept: the first 31 and the last', () => {
  const withCopies = (count: number): RunState => ({
    lastNs: at(0),
    insideNs: 0n,
    copies: Array.from({ length: count }, (_, n) => at(n)),
    end: null,
  })
  const all = withCopies(32)
  expect(fewCopies(all)).toBe(all)
  expect(fewCopies(withCopies(40)).copies).toEqual([...withCopies(31).copies, at(39)])
})
