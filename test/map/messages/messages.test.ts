import { describe, expect, test } from 'vitest'
import { emptySummary } from '../../../src/map/messages/message-summary.ts'
import { readMessages } from '../../../src/map/messages/messages.ts'
import type { Tree } from '../../../src/map/values/tree.ts'
import { listsOf, summaryOf } from './summary.ts'

const listsIn = (messages: Tree) => listsOf(summaryOf(messages))

test('a tool result whose role is the name of the tool is no user text', () => {
  const messages = [
    { role: 'user', content: 'why?' },
    { role: 'get_weather', content: 'sunny' },
  ]
  expect(listsIn(messages)).toMatchObject({ userText: 'why?' })
})

test('parts inside the content of a message are read', () => {
  const content = { format: 2, parts: [{ type: 'text', text: 'why?' }] }
  expect(listsIn([{ role: 'user', content }])).toMatchObject({ userText: 'why?' })
})

test('the last user text of the input and the last assistant text of the output are kept', () => {
  const messages = [
    { role: 'user', content: 'first?' },
    { role: 'assistant', content: 'first.' },
    { role: 'user', content: 'why?' },
    { role: 'assistant', content: 'so.' },
  ]
  expect(summaryOf(messages, 'input')).toMatchObject({ userText: 'why?', assistantText: null })
  expect(summaryOf(messages, 'output')).toMatchObject({ userText: null, assistantText: 'so.' })
})

test('a text that is longer than the limit is cut', () => {
  const summary = emptySummary(10)
  readMessages(summary, [{ role: 'user', content: 'x'.repeat(20) }], 'input')
  expect(summary.userText).toBe(`${'x'.repeat(9)}…`)
})

test('reasoning is kept apart from the text', () => {
  const parts = [
    { type: 'reasoning', text: 'one' },
    { type: 'thinking', thinking: 'two' },
    { type: 'text', text: 'so.' },
  ]
  expect(summaryOf([{ role: 'assistant', parts }], 'output')).toMatchObject({
    reasoning: 'one\ntwo',
    assistantText: 'so.',
  })
})

describe('tool calls and tool results in parts are read:', () => {
  const ask = { name: 'weather', args: { city: 'Lisbon' }, id: 'c1' }
  const answer = { name: 'weather', response: { result: 'sunny' }, id: 'c1' }
  const haystack = { tool_name: 'weather', arguments: { city: 'Lisbon' }, id: 'c1' }

  test.each<[string, Tree, Tree]>([
    ["Gemini's", { function_call: ask }, { function_response: answer }],
    ["Gemini's in camel case", { functionCall: ask }, { functionResponse: answer }],
    ["Haystack's", { tool_call: haystack }, { tool_call_result: { result: 'sunny', origin: haystack, error: false } }],
  ])('%s', (_, call, result) => {
    const messages = [
      { role: 'model', parts: [call] },
      { role: 'user', parts: [result] },
    ]
    const { userText, asks, answers } = listsIn(messages)
    expect(userText).toBeNull()
    expect(asks).toEqual([{ callId: 'c1', name: 'weather', input: '{"city":"Lisbon"}' }])
    expect(answers).toMatchObject([{ callId: 'c1', failed: false }])
    expect(answers[0]!.output).toContain('sunny')
  })
})

test('a whole message of role tool, whose parts are its text, is a tool result', () => {
  const message = { role: 'tool', parts: [{ type: 'text', content: 'sunny' }], tool_call_id: 'c1' }
  expect(listsIn([message]).answers).toEqual([{ callId: 'c1', name: null, output: 'sunny', failed: false }])
})

describe('a message of role tool without an id', () => {
  const asking = [
    { role: 'user', content: 'why?' },
    { role: 'model', tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Lisbon"}' } }] },
  ]

  test('answers the call at the same position', () => {
    const { asks, answers } = listsIn([...asking, { role: 'tool', name: 'weather', content: '{"error": "no"}' }])
    expect(asks).toMatchObject([{ name: 'weather' }])
    expect(answers).toEqual([{ callId: asks[0]!.callId, name: 'weather', output: '{"error": "no"}', failed: true }])
  })

  test('answers the calls of the message before it that have ids, the first call first', () => {
    const call = (id: string) => ({ type: 'tool_call', id, name: 'weather', arguments: {} })
    const text = (content: string) => ({ role: 'tool', parts: [{ type: 'text', content }] })
    const answered = (...messages: readonly Tree[]) =>
      listsIn(messages).answers.map(({ callId, output }) => `${callId}: ${output}`)
    const round = (...ids: readonly string[]) => ({ role: 'assistant', parts: ids.map(call) })
    const first = [round('c1', 'c2'), text('one'), text('two')]
    expect(answered(...first, round('c3'), text('three'), text('more'))).toEqual(['c1: one', 'c2: two', 'c3: three'])
    // a result with an id, a user's text and calls after a result leave nothing to match by position
    expect(answered(round('c1', 'c2'), { role: 'tool', tool_call_id: 'c1', content: 'one' }, text('two'))).toEqual([
      'c1: one',
      'c2: two',
    ])
    expect(answered(round('c1'), { role: 'user', content: 'and?' }, text('one'))).toEqual([])
    expect(answered(round('c1', 'c2'), text('one'), round('c3'), text('three'))).toEqual(['c1: one', 'c3: three'])
    expect(answered(round('c1'), { role: 'tool', parts: [{ type: 'tool-approval-response' }] })).toEqual([])
  })

  test('is no tool result where all calls are answered', () => {
    expect(listsIn([asking[0]!, { role: 'tool', content: 'sunny' }]).answers).toEqual([])
  })
})

test('calls without an id get one from the conversation and their position', () => {
  const call = (name: string, city: string) => ({ type: 'tool_call', id: null, name, arguments: { city } })
  const response = (text: string) => ({ type: 'tool_call_response', id: null, response: text })
  const user = { role: 'user', parts: [{ type: 'text', content: 'why?' }] }
  const firstCalls = { role: 'assistant', parts: [call('look', 'x'), call('look', 'y')] }
  const first = summaryOf(JSON.stringify([user]))
  readMessages(first, JSON.stringify([firstCalls]), 'output')
  const results = { role: 'user', parts: [response('seen x'), response('seen y')] }
  const second = summaryOf(JSON.stringify([user, firstCalls, results]))
  readMessages(second, JSON.stringify([{ role: 'assistant', parts: [call('look', 'z')] }]), 'output')
  expect([...second.asks!.keys()].slice(0, 2)).toEqual([...first.asks!.keys()])
  expect(second.asks!.size).toBe(3)
  expect([...second.answers!].map(([id, { output }]) => [second.asks!.get(id)?.input, output])).toEqual([
    ['{"city":"x"}', 'seen x'],
    ['{"city":"y"}', 'seen y'],
  ])
  const other = summaryOf(JSON.stringify([{ role: 'user', content: 'who?' }]))
  readMessages(other, JSON.stringify([{ role: 'assistant', parts: [call('look', 'x')] }]), 'output')
  expect(first.asks!.has([...other.asks!.keys()][0]!)).toBe(false)
})

test('the whole input of the responses API inside one text is read', () => {
  const items = [
    { role: 'user', content: 'why?' },
    { type: 'function_call', call_id: 'c1', id: 'fc_1', name: 'look', arguments: '{"at":"x"}' },
    { type: 'function_call_output', call_id: 'c1', output: 'seen' },
  ]
  const inText = (content: string) => summaryOf([{ role: 'user', parts: [{ type: 'text', content }] }])
  const summary = inText(JSON.stringify(items))
  expect(summary.userText).toBe('why?')
  expect([...summary.asks!.keys(), ...summary.answers!.keys()]).toEqual(['c1', 'c1'])
  const json = '[{"id":7,"name":"a list of mine"}]'
  expect(inText(json).userText).toBe(json)
})
