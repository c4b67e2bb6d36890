import { describe, expect, test } from 'vitest'
import type { RunRole } from '../../src/map/facts/facts.ts'
import { nextAttemptReason, runPartReason, unknownUsageReason, usageReason } from '../../src/settle/explain.ts'
import { newNode } from '../../src/settle/model/new-node.ts'
import { at, call, nodeOf, settled, span, tool, unknownCall, usage } from './facts.ts'

test('a call of unknown usage says whether another report knows it', () => {
  const { trace } = settled([call(1, 0), unknownCall(2, 1), unknownCall(3, 0)])
  expect([1, 2, 3].map((n) => unknownUsageReason(nodeOf(trace, n)))).toEqual([
    null,
    'it was answered, and another report says what it used',
    'it was answered, and nothing says what it used: it is in no sum, and counted in uncounted_calls',
  ])
})

describe('the reason why a usage counts or does not', () => {
  const { trace } = settled([
    span(1, 0, { kind: 'agent', usage: usage({ role: 'aggregate' }) }),
    call(2, 1, { trust: 40 }),
    call(3, 1, {}, { origin: 'other', startNs: at(2) }),
    span(4, 2, { usage: usage({ role: 'copy' }) }),
    span(5, 0, { usage: usage({ role: 'lifetime', class: 'rerank' }) }),
    call(6, 0, { class: 'embedding' }),
    call(7, 6, { class: 'embedding' }),
    span(8, 7, { usage: usage({ role: 'partial', class: 'embedding' }) }),
    span(9, 0),
    span(10, 0, { usage: usage({ role: 'copy', prompt: 7, responseId: 'r' }), origin: 'a' }),
    span(11, 0, { usage: usage({ role: 'copy', prompt: 7, responseId: 'r' }), origin: 'b' }),
    span(12, 0, { usage: usage({ role: 'poll', responseId: 'p' }) }),
    span(13, 0, { usage: usage({ role: 'poll', responseId: 'p' }) }),
  ])

  test.each([
    [1, "doesn't count: a report below it is the same or a better one"],
    [2, 'counts, for "span 3" (0000000000000003) too'],
    [3, `doesn't count: "span 2" (0000000000000002) reports the same call and is trusted more`],
    [4, "doesn't count: it repeats the span that it names"],
    [5, 'counts: lifetime, and no call is known that it sums up'],
    [6, "doesn't count: a call below it is the same call"],
    [7, 'counts'],
    [8, "doesn't count: a report above it is a better one"],
    [9, null],
    [10, 'counts: copy, and no other report of the call is known'],
    [11, `doesn't count: it repeats "span 10" (000000000000000a)`],
    [12, `doesn't count: "span 13" (000000000000000d) reports the same response, in its last state`],
    [13, 'counts: poll, and no other report of the call is known'],
  ])('span %i', (n, reason) => {
    expect(usageReason(trace, nodeOf(trace, n))).toBe(reason)
  })
})

test.each<[RunRole, string]>([
  ['outside', 'asks for it'],
  ['inside', 'was not over before'],
  ['open', 'goes on'],
  ['copy', 'unless something of it ends later'],
  ['end', 'over when this ends'],
  ['continued', 'another one follows'],
  ['stop', 'whichever is open'],
])('the part %s of a run has its sentence', (role, words) => {
  const part = (run: string | null) =>
    runPartReason(newNode(span(1, 0, { run: { role, run, activity: null, passesOn: false } })))
  expect(part('r1')).toMatch(/^run r1: /)
  expect(part(null)).toMatch(/^its run: /)
  expect(part('r1')).toContain(words)
})

test('a span that is no part of a run has no such sentence', () => {
  expect(runPartReason(newNode(span(1, 0)))).toBeNull()
})

test('an attempt that another one followed names that one', () => {
  const attempt = (n: number) =>
    span(n, 1, { run: { role: 'inside', run: 'r1', activity: 'a1', passesOn: false }, kind: 'tool', tool: tool() })
  const { trace } = settled([span(1, 0, { workflowId: 'wf' }), attempt(2), attempt(3)])
  expect(nextAttemptReason(nodeOf(trace, 2))).toBe('attempt 1; "span 3" (0000000000000003) is the next one')
  expect(nextAttemptReason(nodeOf(trace, 3))).toBeNull()
})
