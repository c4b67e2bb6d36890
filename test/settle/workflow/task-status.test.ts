import { describe, expect, test } from 'vitest'
import type { RunEnd, RunState } from '../../../src/settle/share/durable-runs.ts'
import type { ShareField } from '../../../src/settle/share/fields.ts'
import { type EntryState, noShare, type Share } from '../../../src/settle/share/share.ts'
import { decideStatus, startOfTask } from '../../../src/settle/workflow/task-status.ts'
import { at } from '../facts.ts'

function share(best: Partial<Record<ShareField, string | bigint>>, other: Partial<Share> = {}): Share {
  const candidates = Object.entries(best).map(
    ([field, value]) =>
      [field as ShareField, { field: field as ShareField, key: '', value: String(value), node: 'n' }] as const,
  )
  return { ...noShare, nodes: 1, best: new Map(candidates), ...other }
}

const running = { status: 'RUNNING', endNs: null, error: null, node: null }

describe('the status of a task', () => {
  const entry = (other: Partial<EntryState> = {}, last: Partial<EntryState['last']> = {}): Share =>
    share(
      {},
      {
        entry: {
          kind: 1,
          open: 0,
          endNs: at(9),
          last: { key: 'k', node: 'n', outcome: 'ok', error: null, ...last },
          ...other,
        },
      },
    )

  test.each([
    ['ok', 'COMPLETED'],
    ['error', 'FAILED'],
    ['cancelled', 'CANCELLED'],
  ] as const)('after the outcome %s of its entry is %s', (outcome, status) => {
    expect(decideStatus(entry({}, { outcome, error: 'e' }))).toEqual({ status, endNs: at(9), error: 'e', node: 'n' })
  })

  test('is RUNNING while an entry is open, or there is none', () => {
    expect(decideStatus(entry({ open: 1 }))).toEqual(running)
    expect(decideStatus(share({}))).toEqual(running)
  })
})

describe('the status of a durable workflow', () => {
  const run = (other: Partial<RunState> = {}): Share['runs'] =>
    new Map([['r1', { lastNs: at(1), insideNs: 0n, copies: [], end: null, ...other }]])
  const end = (other: Partial<RunEnd> = {}): RunEnd => ({
    key: 'k',
    endNs: at(5),
    outcome: 'ok',
    error: null,
    passesOn: false,
    ...other,
  })
  const entry: EntryState = {
    kind: 0,
    open: 0,
    endNs: at(9),
    last: { key: 'k', node: 'n', outcome: 'error', error: 'e' },
  }

  test.each(['begun', 'inside', 'outside', 'stop'] as const)(
    'is decided by its runs, not by its entries: %s',
    (field) => {
      expect(decideStatus(share({ [field]: at(7) }, { entry })).status).not.toBe('FAILED')
    },
  )

  test('is decided by its entries where only other fields of durable workflows are known', () => {
    expect(decideStatus(share({ event: at(1), cause: 'c' }, { entry })).status).toBe('FAILED')
  })

  test('is RUNNING without a run, and while its run has no end', () => {
    expect(decideStatus(share({ outside: at(1) }))).toEqual(running)
    expect(decideStatus(share({ begun: at(1) }, { runs: run() }))).toEqual(running)
  })

  test.each([
    ['ok', 'COMPLETED'],
    ['error', 'FAILED'],
    ['cancelled', 'CANCELLED'],
  ] as const)('after the end %s of its run is %s', (outcome, status) => {
    expect(decideStatus(share({ begun: at(1) }, { runs: run({ end: end({ outcome }) }) }))).toEqual({
      status,
      endNs: at(5),
      error: null,
      node: null,
    })
  })

  test('is RUNNING where another run follows', () => {
    expect(decideStatus(share({ begun: at(1) }, { runs: run({ end: end({ outcome: 'continued' }) }) }))).toEqual(
      running,
    )
  })

  test('is that of the run which started last', () => {
    const runs = new Map([
      ...run({ end: end() }),
      ['r2', { lastNs: at(2), insideNs: 0n, copies: [], end: null }] as const,
    ])
    expect(decideStatus(share({ begun: at(1) }, { runs }))).toEqual(running)
  })

  test('is COMPLETED with the first copy that no part outlived', () => {
    const withCopies = (insideNs: bigint) =>
      decideStatus(share({ begun: at(1) }, { runs: run({ insideNs, copies: [at(3), at(4), at(6)] }) }))
    expect(withCopies(at(4))).toEqual({ status: 'COMPLETED', endNs: at(4), error: null, node: null })
    expect(withCopies(at(7))).toEqual(running)
  })

  test('is CANCELLED by a stop, unless a run started later', () => {
    const stopped = (seconds: number, runs: Share['runs'] = run({ end: end() })) =>
      decideStatus(share({ stop: at(seconds) }, { runs }))
    expect(stopped(2)).toEqual({ status: 'CANCELLED', endNs: at(2), error: null, node: null })
    expect(stopped(1).status).toBe('CANCELLED')
    expect(stopped(0).status).toBe('COMPLETED')
    expect(stopped(3, new Map()).status).toBe('CANCELLED')
  })

  test('has the error of the activity where the run only passes it on', () => {
    const error = (of: Partial<RunEnd>, cause?: string) =>
      decideStatus(
        share(
          { begun: at(1), ...(cause !== undefined && { cause }) },
          { runs: run({ end: end({ outcome: 'error', ...of }) }) },
        ),
      ).error
    const passed = { passesOn: true, error: 'Activity task failed' }
    expect(error(passed, 'no answer')).toBe('Activity task failed: no answer')
    expect(error(passed)).toBe('Activity task failed')
    expect(error({ ...passed, passesOn: false }, 'no answer')).toBe('Activity task failed')
    expect(error({ ...passed, error: 'failed: no answer' }, 'no answer')).toBe('failed: no answer')
    expect(error({ ...passed, error: null }, 'no answer')).toBeNull()
  })
})

describe('a task started', () => {
  test('with its earliest span, or its earliest record where it has no span', () => {
    expect(startOfTask(share({ start: at(5), recordStart: at(1) }))).toBe(at(5))
    expect(startOfTask(share({ recordStart: at(1) }))).toBe(at(1))
  })

  test('with its run where that is known, or with what happened before it', () => {
    expect(startOfTask(share({ start: at(1), begun: at(5) }))).toBe(at(5))
    expect(startOfTask(share({ start: at(1), begun: at(5), inside: at(4), event: at(6) }))).toBe(at(4))
    expect(startOfTask(share({ start: at(1), begun: at(5), event: at(3) }))).toBe(at(3))
    expect(startOfTask(share({ start: at(1), inside: at(4) }))).toBe(at(1))
  })
})
