import { describe, expect, test } from 'vitest'
import { functionArguments, inputMessagesIn, outputMessagesIn } from '../../../src/map/messages/function-io.ts'
import { summaryOf } from './summary.ts'

function question(input: unknown): string | null {
  return summaryOf(inputMessagesIn(typeof input === 'string' ? input : JSON.stringify(input)), 'input').userText
}

function answer(output: unknown): string | null {
  return summaryOf(outputMessagesIn(typeof output === 'string' ? output : JSON.stringify(output)), 'output')
    .assistantText
}

const human = {
  lc: 1,
  type: 'constructor',
  id: ['langchain_core', 'messages', 'HumanMessage'],
  kwargs: { content: 'why?' },
}
const ai = { lc: 1, type: 'constructor', id: ['langchain_core', 'messages', 'AIMessage'], kwargs: { content: 'so.' } }

describe('inputMessagesIn finds the question in', () => {
  test.each([
    ['text', 'why?'],
    ['a keyword argument', { kwargs: { query: 'why?', limit: 3 } }],
    ['the first positional argument', { args: ['why?'], kwargs: {} }],
    ['a record that is the first argument', { args: [{ question: 'why?' }], kwargs: {} }],
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
    ['messages of LangChain with a type', { messages: [{ type: 'human', data: { content: 'why?' } }] }],
    ['items of the responses API', { model: 'm', input: [{ role: 'user', content: 'why?' }] }],
    ['a prompt', { model: 'm', input: 'why?' }],
    ['a new message', { user_id: 'u', new_message: { role: 'user', parts: [{ text: 'why?' }] } }],
  ])('%s', (_, input) => expect(question(input)).toBe('why?'))
})

describe('inputMessagesIn finds no question in', () => {
  test.each([
    ['arguments with unknown names', { city: 'Lisbon' }],
    ['an empty text', ''],
    ['JSON that was cut off', '{"kwargs":{"query":"wh'],
    ['a Python object that prints as its constructor', "StopEvent(result=AgentOutput(response='why?'))"],
    ['a Python object that prints with its address', '<groq.Stream object at 0x7fb947f12a90>'],
    ['messages as Python prints them', { messages: ["ChatMessage(role='user')"] }],
  ])('%s', (_, input) => expect(question(input)).toBeNull())
})

describe('outputMessagesIn finds the answer in', () => {
  test.each([
    ['text', 'so.'],
    ['quoted text', '"so."'],
    ['a field named answer', { answer: 'so.', confidence: 1 }],
    ['the last message', { messages: [human, ai] }],
    ['a generation of LangChain', { generations: [[{ text: 'so.', message: ai }]] }],
    ['the last of several responses', [{ id: 'r' }, { choices: [{ message: { role: 'assistant', content: 'so.' } }] }]],
    ['choices', { choices: [{ message: { role: 'assistant', content: 'so.' } }] }],
    [
      'items of the responses API',
      { id: 'r', output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'so.' }] }] },
    ],
    ['content blocks', { id: 'm', role: 'assistant', type: 'message', content: [{ type: 'text', text: 'so.' }] }],
    ['a message of Bedrock', { output: { message: { role: 'assistant', content: [{ text: 'so.' }] } } }],
  ])('%s', (_, output) => expect(answer(output)).toBe('so.'))
})

test('outputMessagesIn finds no answer in a structure without one', () => expect(answer({ ok: true })).toBeNull())

test.each([
  [{ args: [], kwargs: { city: 'Lisbon' } }, { city: 'Lisbon' }],
  [{ kwargs: { city: 'Lisbon' } }, { city: 'Lisbon' }],
  [{ args: ['Lisbon', 2], kwargs: {} }, ['Lisbon', 2]],
  [{ args: [], kwargs: {} }, {}],
  [
    { args: 'not a list', kwargs: {} },
    { args: 'not a list', kwargs: {} },
  ],
  [{ city: 'Lisbon' }, { city: 'Lisbon' }],
])('functionArguments(%j) returns %j', (input, args) => expect(functionArguments(input)).toEqual(args))
