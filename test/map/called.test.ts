import { describe, expect, test } from 'vitest'
import { answeredIn, askedIn } from '../../src/map/messages/function-io.ts'
import { hear, newTalk } from '../../src/map/messages/messages.ts'

function asked(called: unknown): string | null {
  const talk = newTalk()
  hear(talk, askedIn(typeof called === 'string' ? called : JSON.stringify(called)), 'input', 1_000)
  return talk.asked
}

function answered(gave: unknown): string | null {
  const talk = newTalk()
  hear(talk, answeredIn(typeof gave === 'string' ? gave : JSON.stringify(gave)), 'output', 1_000)
  return talk.answered
}

const human = {
  lc: 1,
  type: 'constructor',
  id: ['langchain_core', 'messages', 'HumanMessage'],
  kwargs: { content: 'why?' },
}
const ai = { lc: 1, type: 'constructor', id: ['langchain_core', 'messages', 'AIMessage'], kwargs: { content: 'so.' } }

describe('what a function was called with asks', () => {
  test.each([
    ['text', 'why?'],
    ['a question among keywords', { kwargs: { query: 'why?', limit: 3 } }],
    ['the first argument', { args: ['why?'], kwargs: {} }],
    ['a question in an argument', { args: [{ question: 'why?' }], kwargs: {} }],
    [
      'messages',
      {
        messages: [
          { role: 'system', content: 'be brief' },
          { role: 'user', content: 'why?' },
        ],
      },
    ],
    ['messages of LangChain', { messages: [human] }],
    ['conversations of LangChain', { messages: [[human]] }],
    ['messages of LangChain by their type', { messages: [{ type: 'human', data: { content: 'why?' } }] }],
    ['items of the responses API', { model: 'm', input: [{ role: 'user', content: 'why?' }] }],
    ['a prompt', { model: 'm', input: 'why?' }],
    ['a new message', { user_id: 'u', new_message: { role: 'user', parts: [{ text: 'why?' }] } }],
  ])('%s', (_, called) => expect(asked(called)).toBe('why?'))

  test.each([
    ['no known name', { city: 'Lisbon' }],
    ['nothing', ''],
    ['JSON that was cut off', '{"kwargs":{"query":"wh'],
    ["Python's way to show an object", "StopEvent(result=AgentOutput(response='why?'))"],
    ['its way to show one that has none', '<groq.Stream object at 0x7fb947f12a90>'],
    ['messages that are shown, not written', { messages: ["ChatMessage(role='user')"] }],
  ])('%s says nothing', (_, called) => expect(asked(called)).toBeNull())
})

describe('what it gave back answers', () => {
  test.each([
    ['text', 'so.'],
    ['quoted text', '"so."'],
    ['an answer by its name', { answer: 'so.', confidence: 1 }],
    ['the last message', { messages: [human, ai] }],
    ['a generation of LangChain', { generations: [[{ text: 'so.', message: ai }]] }],
    ['the last of several responses', [{ id: 'r' }, { choices: [{ message: { role: 'assistant', content: 'so.' } }] }]],
    ['choices', { choices: [{ message: { role: 'assistant', content: 'so.' } }] }],
    [
      'items of the responses API',
      { id: 'r', output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'so.' }] }] },
    ],
    ['blocks', { id: 'm', role: 'assistant', type: 'message', content: [{ type: 'text', text: 'so.' }] }],
    ['a message of Bedrock', { output: { message: { role: 'assistant', content: [{ text: 'so.' }] } } }],
  ])('%s', (_, gave) => expect(answered(gave)).toBe('so.'))

  test('a structure without an answer says nothing', () => expect(answered({ ok: true })).toBeNull())
})

test("LangChain's messages ask tools and answer them", () => {
  const talk = newTalk()
  const call = { id: 'c1', name: 'look', args: { at: 'x' }, type: 'tool_call' }
  const raw = { id: 'c2', type: 'function', function: { name: 'look', arguments: '{"at":"y"}' } }
  const [path, className] = [['langchain_core', 'messages', 'AIMessage'], 'ToolMessage']
  const messages = [
    { id: path, kwargs: { content: '', tool_calls: [call] } },
    { id: path, kwargs: { content: '', tool_calls: [], additional_kwargs: { tool_calls: [raw] } } },
    { id: ['m', className], kwargs: { content: 'seen', tool_call_id: 'c1', name: 'look', status: 'success' } },
    { type: 'tool', data: { content: 'no', tool_call_id: 'c2', status: 'error' } },
  ]
  hear(talk, messages, 'input', 1_000)
  expect([...talk.asks!.values()]).toEqual([
    { callId: 'c1', name: 'look', input: '{"at":"x"}' },
    { callId: 'c2', name: 'look', input: '{"at":"y"}' },
  ])
  expect([...talk.answers!.values()]).toEqual([
    { callId: 'c1', name: 'look', output: 'seen', failed: false },
    { callId: 'c2', name: null, output: 'no', failed: true },
  ])
})

test('the AI SDK puts a type before what a tool gave back', () => {
  const talk = newTalk()
  const result = (toolCallId: string, output: object) => ({ type: 'tool-result', toolCallId, toolName: 'look', output })
  const content = [
    result('c1', { type: 'text', value: 'seen' }),
    result('c2', { type: 'error-json', value: { code: 7 } }),
  ]
  hear(talk, JSON.stringify([{ role: 'tool', content }]), 'input', 1_000)
  expect([...talk.answers!.values()]).toEqual([
    { callId: 'c1', name: 'look', output: 'seen', failed: false },
    { callId: 'c2', name: 'look', output: '{"code":7}', failed: true },
  ])
})

test('handing over to another agent is no run of a tool', () => {
  const talk = newTalk()
  const output = (call_id: string, text: string) => ({ type: 'function_call_output', call_id, output: text })
  hear(
    talk,
    [output('c1', '{"assistant": "writer"}'), output('c2', '{"assistant": "writer", "at": 3}')],
    'input',
    1_000,
  )
  expect([...talk.answers!.keys()]).toEqual(['c2'])
})

test('calls without an id are told by their place in the conversation', () => {
  const call = (name: string, city: string) => ({ type: 'tool_call', id: null, name, arguments: { city } })
  const response = (text: string) => ({ type: 'tool_call_response', id: null, response: text })
  const user = { role: 'user', parts: [{ type: 'text', content: 'why?' }] }
  const first = newTalk()
  hear(first, JSON.stringify([user]), 'input', 1_000)
  hear(first, JSON.stringify([{ role: 'assistant', parts: [call('look', 'x'), call('look', 'y')] }]), 'output', 1_000)
  const second = newTalk()
  const history = [
    user,
    { role: 'assistant', parts: [call('look', 'x'), call('look', 'y')] },
    { role: 'user', parts: [response('seen x'), response('seen y')] },
  ]
  hear(second, JSON.stringify(history), 'input', 1_000)
  hear(second, JSON.stringify([{ role: 'assistant', parts: [call('look', 'z')] }]), 'output', 1_000)
  expect([...second.asks!.keys()].slice(0, 2)).toEqual([...first.asks!.keys()])
  expect(second.asks!.size).toBe(3)
  expect([...second.answers!].map(([id, { output }]) => [second.asks!.get(id)?.input, output])).toEqual([
    ['{"city":"x"}', 'seen x'],
    ['{"city":"y"}', 'seen y'],
  ])
  const other = newTalk()
  hear(other, JSON.stringify([{ role: 'user', content: 'who?' }]), 'input', 1_000)
  hear(other, JSON.stringify([{ role: 'assistant', parts: [call('look', 'x')] }]), 'output', 1_000)
  expect(first.asks!.has([...other.asks!.keys()][0]!)).toBe(false)
})

test('the whole input of the responses API may stand in one text', () => {
  const items = [
    { role: 'user', content: 'why?' },
    { type: 'function_call', call_id: 'c1', id: 'fc_1', name: 'look', arguments: '{"at":"x"}' },
    { type: 'function_call_output', call_id: 'c1', output: 'seen' },
  ]
  const talk = newTalk()
  const text = (content: string) => [{ role: 'user', parts: [{ type: 'text', content }] }]
  hear(talk, text(JSON.stringify(items)), 'input', 1_000)
  expect(talk.asked).toBe('why?')
  expect([...talk.asks!.keys(), ...talk.answers!.keys()]).toEqual(['c1', 'c1'])
  const json = newTalk()
  hear(json, text('[{"id":7,"name":"a list of mine"}]'), 'input', 1_000)
  expect(json.asked).toBe('[{"id":7,"name":"a list of mine"}]')
})
