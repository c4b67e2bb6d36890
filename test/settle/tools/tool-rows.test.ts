import { describe, expect, test } from 'vitest'
import type { Facts, ToolRun } from '../../../src/map/facts/facts.ts'
import { at, event, settled } from '../facts.ts'
import { answer, ask, chat, toolRows, toolSpan } from './conversation.ts'

const rowOf = (...facts: Facts[]) => toolRows(...facts)[0]

describe('the row of a tool span', () => {
  test('has what the span says', () => {
    expect(rowOf(toolSpan(1, { output: 'found', callId: 'c1' }, 0, { endNs: at(1.25) }))).toMatchObject({
      name: 'search',
      input: '{"q":"a"}',
      output: 'found',
      success: true,
      error: null,
      durationMs: 250,
      endNs: at(1.25),
      callId: 'c1',
      attempts: 1,
      source: 'span',
    })
  })

  test('takes the arguments with their names, the output and the failure from the messages', () => {
    const asked = chat(2, [ask('c1')], [answer('c1', { failed: true, output: 'closed' })])
    expect(rowOf(toolSpan(1, { callId: 'c1', input: '"a"' }), asked)).toMatchObject({
      input: '{"q":"a"}',
      output: 'closed',
      success: false,
      error: 'closed',
    })
  })

  test('has the answer as its error where its own is a single word', () => {
    const failed = (error: string) => toolSpan(1, { callId: 'c1', success: false, error })
    const asked = chat(2, [], [answer('c1', { output: 'the station is closed' })])
    expect(rowOf(failed('TOOL_ERROR'), asked)!.error).toBe('the station is closed')
    expect(rowOf(failed('no such station'), asked)!.error).toBe('no such station')
  })

  test('has neither success nor duration while the run goes on, unless it is answered', () => {
    const open = { open: true, endNs: at(1) }
    expect(rowOf(toolSpan(1, { callId: 'c1' }, 0, open))).toMatchObject({ success: null, durationMs: null })
    expect(rowOf(toolSpan(1, { callId: 'c1' }, 0, open), chat(2, [], [answer('c1')]))!.success).toBe(true)
  })

  test('failed where the last span inside it failed, with the reason of that span', () => {
    const inside = (n: number, run: Partial<ToolRun> = {}, parent = 1) => toolSpan(n, run, parent)
    const failed = { success: false, error: 'no route' }
    expect(toolRows(toolSpan(1), inside(2), inside(3, failed, 2))).toMatchObject([
      { success: false, error: 'no route' },
    ])
    expect(rowOf(toolSpan(1), inside(2, failed), inside(3))).toMatchObject({ success: true, error: null })
    expect(rowOf(toolSpan(1, { success: false, error: 'outside' }), inside(2, failed))!.error).toBe('outside')
  })

  test('has the call whose id only the span inside it states, and its answer', () => {
    const answered = chat(3, [ask('c1')], [answer('c1', { failed: true, output: 'closed' })])
    expect(toolRows(toolSpan(1), toolSpan(2, { callId: 'c1' }, 1), answered)).toMatchObject([
      { callId: 'c1', success: false, error: 'closed', output: 'closed' },
    ])
  })

  test('is named after the span where nothing names the tool', () => {
    expect(rowOf(toolSpan(1, { name: null }))!.name).toBe('span 1')
  })
})

describe('the row of a call that only messages report', () => {
  const facts = [chat(1, [ask('c1')]), chat(3, [ask('c1')], [answer('c1')])]

  test('ends when its answer is sent, and has no duration', () => {
    expect(toolRows(...facts)).toMatchObject([
      {
        name: 'search',
        input: '{"q":"a"}',
        output: 'found',
        success: true,
        error: null,
        durationMs: null,
        endNs: at(3),
        callId: 'c1',
        attempts: 1,
        source: 'messages',
        place: { node: '0000000000000001' },
      },
    ])
  })

  test('ends with the model call whose answer has the result, since the provider ran the tool meanwhile', () => {
    const own = chat(1, [ask('c1')], [answer('c1', { inAnswer: true })])
    const repeats = chat(3, [ask('c1')], [answer('c1', { repeated: true })])
    expect(toolRows(own, repeats)).toMatchObject([{ endNs: at(2), place: { node: '0000000000000001' } }])
    expect(toolRows(chat(1, [ask('c1')], [answer('c1')]))).toMatchObject([{ endNs: at(1) }])
  })

  test('has the answer as its error where it failed', () => {
    expect(rowOf(chat(1, [ask('c1')], [answer('c1', { failed: true })]))).toMatchObject({
      success: false,
      error: 'found',
    })
  })

  test('has the events of a tool span: called at the end of the request, completed when the answer is sent', () => {
    const types = (all: readonly Facts[]) =>
      settled(all).changes[0]!.rows.events.added.map(({ fact: { type, timeNs } }) => [type, timeNs])
    expect(types(facts)).toEqual([
      ['tool.called', at(2)],
      ['tool.completed', at(3)],
    ])
    expect(types([chat(1, [], [answer('c1', { name: 'search', failed: true })])])).toEqual([
      ['tool.called', at(1)],
      ['tool.failed', at(1)],
    ])
  })
})

test('a tool span without a row has no tool events', () => {
  const run = { events: [event('tool.called', 1), event('note', 1)] }
  const { changes } = settled([toolSpan(1, {}, 0, run), toolSpan(2, {}, 1, run)])
  expect(changes[0]!.rows.events.added.map(({ fact, place }) => [fact.type, place.node.slice(-1)])).toEqual([
    ['tool.called', '1'],
    ['note', '1'],
    ['note', '2'],
  ])
})
