import { describe, expect, test } from 'vitest'
import type { Facts, RunPart } from '../../../src/map/facts/facts.ts'
import type { Candidate } from '../../../src/settle/share/share.ts'
import { candidateKey, kindRank, nodeKey } from '../../../src/settle/share/sort-keys.ts'
import { earliestFirst } from '../../../src/settle/share/times.ts'
import { candidatesOf } from '../../../src/settle/workflow/candidates.ts'
import { at, nodeOf, record, settled, span, spanId, traceId } from '../facts.ts'

/** The candidates of the span 1 by field. */
function candidates(...facts: Facts[]): Record<string, Candidate> {
  const { trace } = settled(facts)
  return Object.fromEntries(candidatesOf(trace, nodeOf(trace, 1)).map((candidate) => [candidate.field, candidate]))
}

function values(...facts: Facts[]): Record<string, string> {
  return Object.fromEntries(Object.entries(candidates(...facts)).map(([field, { value }]) => [field, value]))
}

const ranked = (value: string, rank = 2) => ({ rank, value })
const start = String(at(1))

test('a span offers everything that it states, each with its sort key', () => {
  const statements = {
    query: ranked('why?', 1),
    result: ranked('so.', 2),
    user: ranked('u1', 0),
    session: ranked('s1', 3),
    mode: 'fast',
    complexity: 0.5,
    tenantId: 'tenant',
    workflowName: 'trip',
  }
  const facts = span(1, 0, { kind: 'agent', service: 'shop', outcome: 'error', error: 'it broke', statements })
  const all = candidates(facts)
  expect(Object.fromEntries(Object.entries(all).map(([field, { value }]) => [field, value]))).toEqual({
    start,
    error: 'it broke',
    service: 'shop',
    query: 'why?',
    result: 'so.',
    user: 'u1',
    session: 's1',
    mode: 'fast',
    complexity: '0.5',
    tenantId: 'tenant',
    workflowName: 'trip',
  })
  const node = nodeKey(spanId(1), traceId)
  const parts = { start: earliestFirst(at(1)), endNs: at(2), entry: 0, kind: kindRank('agent'), node } as const
  const ranks: Record<string, number> = { query: 1, result: 2, user: 0, session: 3 }
  for (const { field, key, node: whose } of Object.values(all)) {
    expect([field, key]).toEqual([field, candidateKey(field, parts, ranks[field])])
    expect(whose).toBe(node)
  }
})

test('a span that states nothing offers its start, a record the time of a record', () => {
  expect(values(span(1, 0, { workflowId: 'wf' }))).toEqual({ start })
  expect(values(record(1, 0, { workflowId: 'wf' }))).toEqual({ recordStart: start })
})

test('an error is offered only by a span that failed', () => {
  expect(values(span(1, 0, { kind: 'agent', error: 'a warning' }))).toEqual({ start })
  expect(values(span(1, 0, { kind: 'agent', outcome: 'cancelled', error: 'stopped' }))).toEqual({ start })
})

test('the service is offered by entries only', () => {
  const below = span(1, 2, { kind: 'agent', service: 'shop' })
  expect(values(below)).toEqual({ start, service: 'shop' })
  expect(values(below, span(2, 0))).toEqual({ start })
})

describe('the values of an entry go before others', () => {
  const entryOf = (...facts: Facts[]) => candidates(...facts).mode!.key[0]
  const stated = { kind: 'agent', statements: { mode: 'fast' } } as const

  test('a root is an entry', () => {
    expect(entryOf(span(1, 0, stated))).toBe('0')
  })

  test('a span whose parent has arrived is none', () => {
    expect(entryOf(span(1, 2, stated), span(2, 0))).toBe('1')
  })

  test('a span whose parent may still arrive is none, unless the parent is remote', () => {
    expect(entryOf(span(1, 2, stated))).toBe('1')
    expect(entryOf(span(1, 2, { ...stated, remoteParent: true }))).toBe('0')
  })
})

describe('a trace with a part of a durable run', () => {
  const part = (role: RunPart['role'], other: Partial<RunPart> = {}): RunPart => ({
    role,
    run: 'r1',
    activity: null,
    passesOn: false,
    ...other,
  })
  const wf = { workflowId: 'wf' }

  test.each<[RunPart['role'], object]>([
    ['open', { begun: start }],
    ['copy', { begun: start }],
    ['end', { begun: start }],
    ['continued', { begun: start }],
    ['inside', { inside: start }],
    ['outside', { outside: start }],
    ['stop', { stop: String(at(2)) }],
  ])('offers the times of a part: %s', (role, times) => {
    expect(values(span(1, 0, { ...wf, run: part(role) }))).toEqual({ start, ...times })
  })

  test('offers no time of a span outside that names no workflow', () => {
    expect(values(span(1, 0, { kind: 'task', run: part('outside') }))).toEqual({ start })
  })

  test('offers the start of a span with events that is no part', () => {
    const event = { type: 'note', message: 'm', payload: '{}', timeNs: at(1) }
    expect(values(span(1, 0, { ...wf, events: [event] }), span(2, 1, { run: part('inside') }))).toEqual({
      start,
      event: start,
    })
    expect(values(span(1, 0, wf), span(2, 1, { run: part('inside') }))).toEqual({ start })
    expect(values(span(1, 0, { ...wf, events: [event] }))).toEqual({ start })
  })

  test('offers the error of a failed activity as the cause', () => {
    const failed = { ...wf, outcome: 'error', error: 'it broke' } as const
    const activity = { run: part('inside', { activity: 'a1' }) }
    expect(values(span(1, 0, { ...failed, ...activity }))).toMatchObject({ cause: 'it broke', error: 'it broke' })
    expect(values(span(1, 0, { ...failed, run: part('inside') }))).not.toHaveProperty('cause')
    expect(values(span(1, 0, { ...failed, ...activity, outcome: 'cancelled' }))).not.toHaveProperty('cause')
  })

  test('offers the parent workflow: the stated one, else that of the part below which the run began', () => {
    const run = (other: Partial<Facts> = {}) =>
      span(1, 2, { kind: 'workflow', workflowId: 'child', run: part('open'), ...other })
    const parent = (other: Partial<Facts> = {}) => span(2, 0, { workflowId: 'parent', run: part('inside'), ...other })
    expect(values(run(), parent())).toMatchObject({ parentWorkflow: 'parent' })
    expect(values(run({ statements: { parentWorkflow: 'stated' } }), parent())).toMatchObject({
      parentWorkflow: 'stated',
    })
    const none = [
      [run({ kind: 'task' }), parent()],
      [run({ run: null }), parent()],
      [run(), parent({ run: null })],
      [run({ workflowId: null }), parent()],
      [run({ workflowId: 'parent' }), parent()],
      [run()],
    ]
    for (const facts of none) expect(values(...facts)).not.toHaveProperty('parentWorkflow')
  })
})
