import { describe, expect, test } from 'vitest'
import { conversationIn, messagesIn, partsOf, roleOf, toolCallsOf } from '../../../src/map/messages/message-shapes.ts'

const message = { role: 'user', content: 'why?' }

describe('messagesIn finds', () => {
  test.each([
    ['a list', [message], [message]],
    ['one message', message, [message]],
    ['a record around a list', { messages: [message] }, [message]],
    ['choices', { choices: [{ message }] }, [{ message }]],
    ['JSON text', JSON.stringify([message]), [message]],
    ['bare text', 'why?', [{ content: 'why?' }]],
    ['quoted text', '"why?"', [{ content: 'why?' }]],
    ['JSON that is no message', '{"city":"Lisbon"}', [{ content: '{"city":"Lisbon"}' }]],
    ['JSON that was cut off', '[{"role":"user","content":"wh', []],
    ['nothing', null, []],
    ['nothing at all', undefined, []],
  ])('%s', (_, value, messages) => expect(messagesIn(value)).toEqual(messages))
})

test.each([
  [{ role: 'human' }, 'input', 'user'],
  [{ role: 'MODEL' }, 'output', 'assistant'],
  [{ role: 'get_weather' }, 'input', 'get_weather'],
  [{ role: 'Get_Weather' }, 'input', 'get_weather'],
  [{ role: '', type: 'ai' }, 'input', 'assistant'],
  [{ type: 'message' }, 'input', 'user'],
  [{}, 'output', 'assistant'],
] as const)('the role of %j in the %s is %s', (one, side, role) => expect(roleOf(one, side)).toBe(role))

describe('partsOf finds', () => {
  const text = { type: 'text', text: 'why?' }
  const untyped = { role: 'user', name: 'ada' }

  test.each([
    ['parts', { parts: [text] }, [text]],
    ['parts inside the content', { content: { parts: [text] } }, [text]],
    ['text', { content: 'why?' }, ['why?']],
    ['blocks in text', { content: JSON.stringify([text]) }, [text]],
    ['JSON in text that is no part', { content: '[{"id":7}]' }, ['[{"id":7}]']],
    ['a record', { content: text }, [text]],
    ['parts of OpenInference', { contents: [{ message_content: text }] }, [text]],
    ['the message itself', untyped, [untyped]],
  ])('%s', (_, one, parts) => expect(partsOf(one)).toEqual(parts))
})

test('toolCallsOf finds calls in a list, in JSON text and in records of OpenInference', () => {
  const call = { id: 'c1', name: 'look' }
  for (const calls of [[call], JSON.stringify([call]), [{ tool_call: call }]])
    expect(toolCallsOf({ tool_calls: calls as never })).toEqual([call])
  expect(toolCallsOf({ content: 'x' })).toEqual([])
})

test('conversationIn finds the items in the text of the only part', () => {
  const part = { type: 'text', content: JSON.stringify([message]) }
  expect(conversationIn([part])).toEqual([message])
  expect(conversationIn([part, part])).toBeUndefined()
  expect(conversationIn([{ type: 'text', content: '[{"id":7}]' }])).toBeUndefined()
})
