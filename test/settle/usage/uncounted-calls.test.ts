import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { isUncounted } from '../../../src/settle/usage/uncounted-calls.ts'
import { at, call, nodeOf, record, settled, span, unknownCall, usage } from '../facts.ts'

/** The numbers of the uncounted calls, whichever order the facts come in. */
function uncounted(...facts: Facts[]): number[] {
  const numbers = (order: readonly Facts[]) => {
    const { trace } = settled(...order.map((one) => [one]))
    return facts.map(({ id }) => Number.parseInt(id.slice(-8), 16)).filter((n) => isUncounted(nodeOf(trace, n)))
  }
  const expected = numbers(facts)
  fc.assert(
    fc.property(fc.shuffledSubarray(facts, { minLength: facts.length }), (order) => {
      expect(numbers(order)).toEqual(expected)
    }),
    { numRuns: 20 },
  )
  return expected
}

const known = (responseId: string | null, other: Partial<Facts> = {}): Partial<Facts> => ({
  unknownUsage: { class: 'chat', responseId, model: null },
  ...other,
})

describe('a call of unknown usage is uncounted', () => {
  test('where no other span reports it', () => {
    expect(uncounted(span(1, 0, { kind: 'agent' }), unknownCall(2, 1), unknownCall(4, 1), call(6, 1))).toEqual([2, 4])
  })

  test('once, if several spans above each other are the call', () => {
    expect(uncounted(unknownCall(1, 0), span(2, 1), unknownCall(3, 2))).toEqual([1])
    expect(uncounted(unknownCall(1, 0), span(2, 1, { kind: 'tool' }), unknownCall(3, 2))).toEqual([1, 3])
  })

  test('once, if several instrumentations report it beside each other', () => {
    const beside = { startNs: at(1.5), origin: 'other' }
    expect(uncounted(span(1, 0), unknownCall(2, 1, { startNs: at(1) }), unknownCall(3, 1, beside))).toEqual([2])
    expect(uncounted(span(1, 0), unknownCall(2, 1), unknownCall(3, 1, { ...beside, startNs: at(9) }))).toEqual([2, 3])
  })

  test('where its counters can not be true', () => {
    const facts = known(null, { usage: usage({ prompt: 0 }) })
    expect(uncounted(span(1, 0), unknownCall(2, 1, facts))).toEqual([2])
  })
})

describe('a call of unknown usage is known', () => {
  test('by a usage below or above it', () => {
    expect(uncounted(unknownCall(1, 0), span(2, 1), call(3, 2))).toEqual([])
    expect(uncounted(call(1, 0), unknownCall(2, 1))).toEqual([])
    const sum = span(1, 0, { kind: 'agent', usage: usage({ role: 'aggregate' }) })
    expect(uncounted(sum, span(2, 1, { kind: 'tool' }), unknownCall(3, 2))).toEqual([])
  })

  test('by a poll of its response, and by a record that repeats it', () => {
    const poll = call(4, 1, { role: 'poll', responseId: 'r' })
    const copy = record(4, 9, { kind: 'llm', usage: usage({ role: 'copy', responseId: 'r' }) })
    for (const other of [poll, copy]) expect(uncounted(span(1, 0), unknownCall(2, 1, known('r')), other)).toEqual([])
    expect(uncounted(span(1, 0), unknownCall(2, 1, known('s')), poll)).toEqual([2])
  })

  test('but not by a sum of nothing', () => {
    const sum = span(1, 0, { kind: 'agent', usage: usage({ role: 'aggregate', prompt: 0, completion: 0 }) })
    expect(uncounted(sum, unknownCall(2, 1))).toEqual([2])
  })

  test('by another report at the same time', () => {
    const beside = { startNs: at(2), origin: 'other' }
    expect(uncounted(span(1, 0), unknownCall(2, 1), call(3, 1, {}, beside))).toEqual([])
    const log = record(3, 1, { kind: 'llm', usage: usage(), startNs: at(3.5) })
    expect(uncounted(span(1, 0), unknownCall(2, 1), log)).toEqual([])
    expect(uncounted(span(1, 0), unknownCall(2, 1), call(3, 1, { class: 'embedding' }, beside))).toEqual([2])
  })

  test('by a report with its response id, and by none with another one', () => {
    const polled = call(9, 1, { responseId: 'r' })
    expect(uncounted(span(1, 0), unknownCall(2, 1, known('r')), polled)).toEqual([])
    expect(uncounted(span(1, 0), unknownCall(2, 1, known('q', { startNs: at(9), origin: 'o' })), polled)).toEqual([2])
  })
})

test('the share counts the calls of unknown usage by model', () => {
  const { changes } = settled([span(1, 0, { workflowId: 'wf' }), unknownCall(2, 1), unknownCall(4, 1)])
  expect([...changes[0]!.shares[0]!.after.uncounted]).toEqual([['gpt-4o-mini', 2]])
})
