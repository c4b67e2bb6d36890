import { expect, test } from 'vitest'
import { emptySummary, takeAsAnswer, toolAnswersOf, toolAsksOf } from '../../../src/map/messages/message-summary.ts'
import { summaryOf } from './summary.ts'

const call = (id: string) => ({ type: 'tool_call', id, name: 'look', arguments: '{}' })
const result = (id: string) => ({ type: 'tool_call_response', id, response: 'seen' })
const conversation = [
  { role: 'user', content: 'first?' },
  { role: 'assistant', parts: [call('c1')] },
  { role: 'tool', parts: [result('c1')] },
  { role: 'user', content: 'why?' },
  { role: 'assistant', parts: [call('c2')] },
  { role: 'tool', parts: [result('c2')] },
]

test('an empty summary has no tool calls and no tool results', () => {
  const summary = emptySummary(100)
  expect([toolAsksOf(summary), toolAnswersOf(summary, true)]).toEqual([[], []])
})

test('tool calls and results before the last user text are earlier ones', () => {
  const summary = summaryOf(conversation)
  expect(toolAsksOf(summary).map(({ callId, earlier }) => [callId, earlier])).toEqual([
    ['c1', true],
    ['c2', undefined],
  ])
  expect(toolAnswersOf(summary, true).map(({ callId, earlier }) => [callId, earlier])).toEqual([
    ['c1', true],
    ['c2', undefined],
  ])
})

test('all tool calls of a history are earlier ones', () => {
  expect(toolAsksOf(summaryOf(conversation), true).map(({ earlier }) => earlier)).toEqual([true, true])
})

test('results before the last message of the model are repeated in a request, and in no other list of messages', () => {
  const summary = summaryOf([
    { role: 'user', content: 'go' },
    { role: 'assistant', parts: [call('c1')] },
    { role: 'tool', parts: [result('c1')] },
    { role: 'assistant', parts: [call('c2')] },
    { role: 'tool', parts: [result('c2')] },
  ])
  const repeated = (isRequest: boolean) =>
    toolAnswersOf(summary, isRequest).map((answer) => [answer.callId, answer.repeated])
  expect(repeated(true)).toEqual([
    ['c1', true],
    ['c2', undefined],
  ])
  expect(repeated(false)).toEqual([
    ['c1', undefined],
    ['c2', undefined],
  ])
})

test('the calls of a forced function are the answer, and what answers them is no result', () => {
  const form = (id: string, args: string) => ({ type: 'tool_call', id, name: 'Weather', arguments: args })
  const refused = { type: 'tool_call_response', id: 'f1', response: 'not valid' }
  const summary = summaryOf([
    { role: 'assistant', parts: [form('f1', '{"t":"warm"}'), call('c1')] },
    { role: 'tool', parts: [refused, result('c1')] },
    { role: 'user', content: 'why?' },
    { role: 'assistant', parts: [call('c2'), form('f2', '{"t":21}')] },
    { role: 'tool', parts: [result('c2')] },
  ])
  takeAsAnswer(summary, 'Weather')
  expect(toolAsksOf(summary).map(({ callId, earlier }) => [callId, earlier])).toEqual([
    ['c1', true],
    ['c2', undefined],
  ])
  expect(toolAnswersOf(summary, true).map(({ callId, earlier }) => [callId, earlier])).toEqual([
    ['c1', true],
    ['c2', undefined],
  ])
  expect(summary.assistantText).toBe('{"t":21}')
  takeAsAnswer(summary, 'other')
  expect(summary.asks?.size).toBe(2)
})
