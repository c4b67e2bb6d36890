import { describe, expect, test } from 'vitest'
import type { Facts, Usage } from '../../../src/map/facts/facts.ts'
import { at, call, record, settled, span, usage } from '../facts.ts'

/** The nodes whose usage is a row, the same in whichever order the facts came. */
function billed(...facts: Facts[]): string[] {
  const orders = [[facts], facts.map((one) => [one]), facts.toReversed().map((one) => [one])]
  const [first, ...others] = orders.map((batches) =>
    [...settled(...batches).trace.nodes.values()]
      .flatMap(({ rows, facts: { name } }) => (rows?.usage ? [name] : []))
      .sort(),
  )
  for (const other of others) expect(other).toEqual(first)
  return first!
}

/** A record that repeats the call of the span that it names. */
function copy(n: number, named: number, other: Partial<Usage> = {}, facts: Partial<Facts> = {}): Facts {
  return record(n, named, { kind: 'llm', name: `copy ${n}`, usage: usage({ role: 'copy', ...other }), ...facts })
}

function poll(n: number, other: Partial<Usage> = {}, facts: Partial<Facts> = {}): Facts {
  return span(n, 1, { kind: 'llm', usage: usage({ role: 'poll', responseId: 'r', ...other }), ...facts })
}

describe('a copy', () => {
  test('counts where nothing else reports its call', () => {
    expect(billed(copy(1, 9, { responseId: 'r' }))).toEqual(['copy 1'])
    expect(billed(copy(1, 9), copy(2, 8))).toEqual(['copy 1', 'copy 2'])
  })

  test('does not count once the span that it names has come', () => {
    expect(billed(copy(1, 9, { prompt: 7 }), call(9, 0))).toEqual(['span 9'])
    expect(billed(copy(1, 9), span(9, 0, { kind: 'llm' }))).toEqual(['copy 1'])
  })

  test('does not count beside a call with its response id, or with its counters at its time', () => {
    expect(billed(copy(1, 9, { responseId: 'r', prompt: 7 }), call(5, 0, { responseId: 'r' }))).toEqual(['span 5'])
    expect(billed(copy(1, 9, { responseId: 'r' }), call(2, 0))).toEqual(['span 2'])
    expect(billed(copy(1, 9, { responseId: 'r' }), call(2, 0, { responseId: 's' }))).toEqual(['copy 1', 'span 2'])
    expect(billed(copy(1, 9), call(5, 0))).toEqual(['copy 1', 'span 5'])
    expect(billed(copy(1, 9), call(2, 0, { class: 'embedding' }))).toEqual(['copy 1', 'span 2'])
  })

  test('counts once where two reporters, or two records of one span, repeat one response', () => {
    const first = copy(1, 9, { responseId: 'r' })
    expect(billed(first, copy(2, 8, { responseId: 'r' }, { origin: 'other' }))).toEqual(['copy 1'])
    expect(billed(first, copy(2, 9, { responseId: 'r' }))).toEqual(['copy 1'])
    expect(billed(first, copy(2, 8, { responseId: 'r' }))).toEqual(['copy 1', 'copy 2'])
  })
})

describe('a poll', () => {
  test('counts where it is the last one of its response', () => {
    expect(billed(poll(2), poll(3, { completion: 50 }), poll(4, { completion: 50 }))).toEqual(['span 4'])
    expect(billed(poll(2, {}, { endNs: at(9) }), poll(3))).toEqual(['span 2'])
  })

  test('does not count beside the call that has the response, whichever is later', () => {
    expect(billed(poll(2), poll(3), call(1, 0, { responseId: 'r' }))).toEqual(['span 1'])
    expect(billed(poll(2), call(5, 0, { responseId: 'r', completion: 1 }))).toEqual(['span 5'])
  })

  test('of another response, or of none, is one of its own', () => {
    expect(billed(poll(2), poll(3, { responseId: 's' }))).toEqual(['span 2', 'span 3'])
    expect(billed(poll(2, { responseId: null }), poll(3, { responseId: null }))).toEqual(['span 2', 'span 3'])
  })

  test('covers the sum of an agent, and is covered by a call above it', () => {
    expect(billed(span(1, 0, { kind: 'agent', usage: usage({ role: 'aggregate' }) }), poll(2))).toEqual(['span 2'])
    expect(billed(call(1, 0), poll(2))).toEqual(['span 1'])
  })
})

test('a report whose call above is known late has the id of that call', () => {
  const facts = [copy(1, 9, { responseId: 'r' }), call(6, 5, { responseId: null }), call(5, 0, { responseId: 'r' })]
  expect(billed(...facts)).toEqual(['span 6'])
})
