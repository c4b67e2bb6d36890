import { describe, expect, test } from 'vitest'
import type { Tree } from '../../src/map/facts/json.ts'
import { hear, newTalk, type Side } from '../../src/map/messages/messages.ts'

function heard(messages: Tree, side: Side = 'input') {
  const { asked, answered, asks, answers } = hearAll(messages, side)
  return { asked, answered, asks: [...(asks?.values() ?? [])], answers: [...(answers?.values() ?? [])] }
}

function hearAll(messages: Tree, side: Side) {
  const talk = newTalk()
  hear(talk, messages, side, 1_000)
  return talk
}

test('what a tool says under its own name is no question', () => {
  const messages = [
    { role: 'user', content: 'why?' },
    { role: 'get_weather', content: 'sunny' },
  ]
  expect(heard(messages)).toMatchObject({ asked: 'why?' })
})

test('a message may have its parts inside of its content', () => {
  const content = { format: 2, parts: [{ type: 'text', text: 'why?' }] }
  expect(heard([{ role: 'user', content }])).toMatchObject({ asked: 'why?' })
})

describe('a tool is asked and answers in parts', () => {
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
    const { asked, asks, answers } = heard(messages)
    expect(asked).toBeNull()
    expect(asks).toEqual([{ callId: 'c1', name: 'weather', input: '{"city":"Lisbon"}' }])
    expect(answers).toMatchObject([{ callId: 'c1', failed: false }])
    expect(answers[0]!.output).toContain('sunny')
  })

  test('or in a whole message, whose parts are only its text', () => {
    const message = { role: 'tool', parts: [{ type: 'text', content: 'sunny' }], tool_call_id: 'c1' }
    expect(heard([message]).answers).toEqual([{ callId: 'c1', name: null, output: 'sunny', failed: false }])
  })
})

describe('a whole message of a tool without an id', () => {
  const asking = [
    { role: 'user', content: 'why?' },
    { role: 'model', tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Lisbon"}' } }] },
  ]

  test('answers the call whose place it has', () => {
    const { asks, answers } = heard([...asking, { role: 'tool', name: 'weather', content: '{"error": "no"}' }])
    expect(asks).toMatchObject([{ name: 'weather' }])
    expect(answers).toEqual([{ callId: asks[0]!.callId, name: 'weather', output: '{"error": "no"}', failed: true }])
  })

  test('answers nothing where nothing is open', () => {
    expect(heard([asking[0]!, { role: 'tool', content: 'sunny' }]).answers).toEqual([])
  })
})
