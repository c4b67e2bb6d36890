import { describe, expect, test } from 'vitest'
import { isRunId, unwrapLangChain } from '../../../src/map/messages/langchain.ts'
import { listsOf, summaryOf } from './summary.ts'

describe('unwrapLangChain', () => {
  test.each([
    ['HumanMessage', 'user'],
    ['AIMessageChunk', 'assistant'],
    ['SystemMessage', 'system'],
    ['ToolMessage', 'tool'],
    ['MyOwnMessage', 'MyOwnMessage'],
  ])('gives a %s the role %s', (name, role) => {
    const message = { lc: 1, id: ['langchain_core', name], kwargs: { content: 'text' } }
    expect(unwrapLangChain(message)).toMatchObject({ role, content: 'text', tool_calls: null })
  })

  test('takes the role of a message with a type from the type', () => {
    expect(unwrapLangChain({ type: 'ai', data: { content: 'text' } })).toMatchObject({ role: 'ai', content: 'text' })
  })

  test('returns any other message as it is', () => {
    for (const message of [{ role: 'user', content: 'why?' }, { kwargs: { content: 'x' } }, { data: {} }, 'text'])
      expect(unwrapLangChain(message)).toBe(message)
  })
})

test('tool calls and tool results of LangChain are read', () => {
  const call = { id: 'c1', name: 'look', args: { at: 'x' }, type: 'tool_call' }
  const raw = { id: 'c2', type: 'function', function: { name: 'look', arguments: '{"at":"y"}' } }
  const path = ['langchain_core', 'messages', 'AIMessage']
  const messages = [
    { id: path, kwargs: { content: '', tool_calls: [call] } },
    { id: path, kwargs: { content: '', tool_calls: [], additional_kwargs: { tool_calls: [raw] } } },
    { id: ['m', 'ToolMessage'], kwargs: { content: 'seen', tool_call_id: 'c1', name: 'look', status: 'success' } },
    { type: 'tool', data: { content: 'no', tool_call_id: 'c2', status: 'error' } },
  ]
  const { asks, answers } = listsOf(summaryOf(messages))
  expect(asks).toEqual([
    { callId: 'c1', name: 'look', input: '{"at":"x"}' },
    { callId: 'c2', name: 'look', input: '{"at":"y"}' },
  ])
  expect(answers).toEqual([
    { callId: 'c1', name: 'look', output: 'seen', failed: false },
    { callId: 'c2', name: null, output: 'no', failed: true },
  ])
})

test.each([
  ['run-1', true],
  ['lc_run-1', true],
  ['chatcmpl-1', false],
  ['my-run-1', false],
])('isRunId(%s) is %s', (id, isRun) => expect(isRunId(id)).toBe(isRun))
