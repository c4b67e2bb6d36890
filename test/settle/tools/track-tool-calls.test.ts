import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { settled, span } from '../facts.ts'
import { answer, ask, chat, toolRows, toolSpan } from './conversation.ts'

/** How many tool rows each batch adds and removes. */
function changes(...batches: Facts[][]): [added: number, removed: number][] {
  return settled(...batches).changes.map(({ rows }) => [rows.tools.added.length, rows.tools.removed.length])
}

const owners = (...facts: Facts[]) => toolRows(...facts).map(({ place }) => Number.parseInt(place.node, 16))

describe('a call that only messages report', () => {
  test('has its row at the node that asked first in this turn, else at the node that answers first', () => {
    const asked = [chat(2, [ask('c1', { earlier: true })]), chat(3, [ask('c1')]), chat(4, [], [answer('c1')])]
    expect(owners(...asked)).toEqual([3])
    expect(owners(chat(2, [], [answer('c1')]), chat(1, [], [answer('c1', { name: 'search' })]))).toEqual([1])
  })

  test('has no row before something answers it, and none without a name', () => {
    expect(owners(chat(1, [ask('c1')]))).toEqual([])
    expect(owners(chat(1, [], [answer('c1')]))).toEqual([])
  })

  test('moves its row to an earlier node that arrives later', () => {
    const [first, second] = [chat(1, [ask('c1')]), chat(2, [ask('c1')], [answer('c1')])]
    expect(changes([second], [first])).toEqual([
      [1, 0],
      [1, 1],
    ])
  })

  test('has its row withdrawn when a span of the run arrives', () => {
    const asked = chat(1, [ask('c1')], [answer('c1')])
    for (const run of [toolSpan(2), toolSpan(2, { callId: 'c1' })])
      expect(changes([asked], [run])).toEqual([
        [1, 0],
        [1, 1],
      ])
  })
})

test('a request that repeats the history changes no row', () => {
  const asked = [chat(1, [ask('c1')]), toolSpan(2, { callId: 'c1' }), chat(3, [ask('c1')], [answer('c1')])]
  expect(changes(asked, [chat(4, [ask('c1')], [answer('c1')])])).toEqual([
    [1, 0],
    [0, 0],
  ])
})

test('a span that turns out to be inside another one gives its call to the outer one', () => {
  const [asked, outer, inner] = [chat(1, [ask('c1')]), toolSpan(2), toolSpan(4, {}, 3)]
  const between = span(3, 2)
  expect(toolRows(asked, outer, between, inner)).toMatchObject([{ callId: 'c1', place: { node: '0000000000000002' } }])
})
