import { expect, test } from 'vitest'
import type { RunPart } from '../../../src/map/facts/facts.ts'
import { addToRun, closeRuns, type OpenRun, removeFromRun } from '../../../src/settle/share/open-runs.ts'
import { SmallMap } from '../../../src/settle/small/small-map.ts'
import { at, span, spanId, traceId } from '../facts.ts'

function part(n: number, other: Partial<RunPart> = {}) {
  return span(n, 0, { run: { role: 'inside', run: 'r1', activity: null, passesOn: false, ...other } })
}

test('a span that is no part of a run, or says nothing about it, is in no run', () => {
  const runs = new SmallMap<string, OpenRun>()
  expect(addToRun(runs, span(1, 0))).toBeNull()
  expect(addToRun(runs, part(1, { role: 'outside' }))).toBeNull()
  expect(runs.size).toBe(0)
  expect(closeRuns(runs).size).toBe(0)
})

test('the parts of a run are joined, in any order', () => {
  for (const order of [
    [1, 3],
    [3, 1],
  ]) {
    const runs = new SmallMap<string, OpenRun>()
    for (const n of order) expect(addToRun(runs, part(n))).toBe('r1')
    expect([...closeRuns(runs)]).toMatchObject([['r1', { lastNs: at(3), insideNs: at(4) }]])
  }
})

test('a part that names no run is one by itself', () => {
  const runs = new SmallMap<string, OpenRun>()
  expect(addToRun(runs, part(1, { run: null }))).toBe(`${spanId(1)} ${traceId}`)
  addToRun(runs, part(2, { run: null }))
  expect(closeRuns(runs).size).toBe(2)
})

test('a part that is taken out leaves what the others say', () => {
  const runs = new SmallMap<string, OpenRun>()
  for (const n of [1, 2, 3]) addToRun(runs, part(n))
  closeRuns(runs)
  removeFromRun(runs, 'r1', spanId(3))
  expect(closeRuns(runs).get('r1')!.lastNs).toBe(at(2))
  addToRun(runs, part(4))
  expect(closeRuns(runs).get('r1')!.lastNs).toBe(at(4))
})

test('a part that is added to a run of which one was taken out brings nothing back', () => {
  const runs = new SmallMap<string, OpenRun>()
  for (const n of [1, 3]) addToRun(runs, part(n))
  removeFromRun(runs, 'r1', spanId(3))
  addToRun(runs, part(2))
  expect(closeRuns(runs).get('r1')!.lastNs).toBe(at(2))
})

test('a run goes with its last part', () => {
  const runs = new SmallMap<string, OpenRun>()
  addToRun(runs, part(1))
  removeFromRun(runs, 'r1', spanId(1))
  expect([runs.size, closeRuns(runs).size]).toEqual([0, 0])
})

test('a share has few copies of a run, and few runs, the last ones', () => {
  const runs = new SmallMap<string, OpenRun>()
  for (let n = 1; n <= 40; n++) addToRun(runs, part(n, { role: 'copy' }))
  expect(closeRuns(runs).get('r1')!.copies).toHaveLength(32)
  for (let n = 50; n < 90; n++) addToRun(runs, part(n, { run: `r${n}` }))
  const closed = closeRuns(runs)
  expect(closed.size).toBe(16)
  expect([closed.has('r73'), closed.has('r74'), closed.has('r89')]).toEqual([false, true, true])
})
