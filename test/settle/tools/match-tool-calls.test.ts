import { describe, expect, test } from 'vitest'
import { answer, ask, chat, toolRows, toolSpan } from './conversation.ts'

/** The id of the call that each row has, and where the row comes from. */
function callIds(...facts: Parameters<typeof toolRows>): [string | null, string][] {
  return toolRows(...facts).map(({ callId, source }) => [callId, source])
}

const inputs = (input: string | null) => ({ input })

describe('spans and calls with one name', () => {
  test('are matched by their arguments, in the order of time', () => {
    const asked = chat(1, [ask('c1'), ask('c2', inputs('{"q":"b"}')), ask('c3')])
    const ran = [toolSpan(2, inputs('{"q":"b"}')), toolSpan(3), toolSpan(4), toolSpan(5)]
    expect(callIds(asked, ...ran)).toEqual([
      ['c2', 'span'],
      ['c1', 'span'],
      ['c3', 'span'],
      [null, 'span'],
    ])
  })

  test('are matched by the order of time where a span has no arguments, after those that have some', () => {
    const asked = chat(1, [ask('c1'), ask('c2', inputs('{"q":"b"}'))])
    expect(callIds(asked, toolSpan(2, inputs(null)), toolSpan(3))).toEqual([
      ['c2', 'span'],
      ['c1', 'span'],
    ])
  })

  test('compete where one of them has the arguments of another as its only value', () => {
    const asked = chat(1, [ask('c1', inputs('{"q":"a"}')), ask('c2', inputs('["a"]'))])
    expect(callIds(asked, toolSpan(2, inputs('"a"')), toolSpan(3, inputs('["a"]')))).toEqual([
      ['c1', 'span'],
      ['c2', 'span'],
    ])
  })

  test('are not matched where a message reports the call of the span by its id', () => {
    const asked = chat(1, [ask('c1'), ask('c2')])
    expect(callIds(asked, toolSpan(2, { callId: 'c2' }), toolSpan(3, { callId: 'own id' }))).toEqual([
      ['c2', 'span'],
      ['c1', 'span'],
    ])
  })
})

test('a span without a name has the call with its arguments that no span with a name has', () => {
  const asked = chat(1, [ask('c1'), ask('c2', { name: 'fetch' })])
  const unnamed = toolSpan(2, { name: null })
  expect(toolRows(asked, unnamed).map(({ name, callId }) => [name, callId])).toEqual([['search', 'c1']])
  expect(toolRows(asked, unnamed, toolSpan(3)).map(({ name, callId }) => [name, callId])).toEqual([
    ['fetch', 'c2'],
    ['search', 'c1'],
  ])
  expect(toolRows(asked, toolSpan(2, { name: null, input: null }))).toMatchObject([{ callId: null }])
})

describe('an id under which messages ask for two tools', () => {
  // the first request decides the name: the span of the second tool is free for another call
  const first = chat(1, [ask('c1', { name: 'fetch' })])
  const second = chat(3, [ask('c1')])
  const third = [chat(5, [ask('c2')]), chat(6, [], [answer('c2')])]

  test('has the name of its first request, and the spans of the other name are matched again', () => {
    expect(callIds(first, second, toolSpan(4), ...third)).toEqual([['c2', 'span']])
  })

  test('leaves a span without a name, too', () => {
    expect(callIds(chat(1, [ask('c1', inputs('{"q":"b"}'))]), second, toolSpan(4, { name: null }), ...third)).toEqual([
      ['c2', 'span'],
    ])
  })
})

describe('a call that a history has under another id', () => {
  const requested = chat(1, [ask('c1')])
  const history = chat(3, [ask('other')], [answer('other')])

  test('is the call that a model asked for and a span ran, and answers it', () => {
    expect(toolRows(requested, toolSpan(2), history)).toMatchObject([{ callId: 'c1', source: 'span', output: 'found' }])
    expect(toolRows(requested, toolSpan(2, { callId: 'c1', input: null }), history)).toMatchObject([
      { callId: 'c1', source: 'span', output: 'found', input: '{"q":"a"}' },
    ])
  })

  test('is another call where the arguments differ, or a message answers the first one too', () => {
    const others = chat(3, [ask('other', inputs('{"q":"b"}'))], [answer('other')])
    expect(callIds(requested, toolSpan(2), others)).toHaveLength(2)
    const both = chat(3, [ask('c1'), ask('other')], [answer('c1'), answer('other')])
    expect(callIds(requested, toolSpan(2), both)).toHaveLength(2)
  })

  test('is another call where a model asked for it', () => {
    expect(callIds(requested, toolSpan(2), chat(2.5, [ask('other')]), history)).toHaveLength(2)
  })

  test('has a row of its own where no span ran the other one', () => {
    expect(callIds(requested, history)).toEqual([['other', 'messages']])
  })

  test('is matched one to one', () => {
    const twice = chat(3, [ask('other'), ask('third')], [answer('other'), answer('third')])
    expect(callIds(requested, toolSpan(2), twice)).toEqual([
      ['c1', 'span'],
      ['third', 'messages'],
    ])
  })
})
