import { describe, expect, test } from 'vitest'
import type { ToolAnswer, ToolAsk } from '../../../src/map/facts/facts.ts'
import {
  addToolAnswer,
  addToolAsk,
  callIdOf,
  outputText,
  toolAnswerIn,
  toolAskIn,
} from '../../../src/map/messages/tool-calls.ts'
import { listsOf, summaryOf } from './summary.ts'

test.each([
  [{ type: 'tool_use', id: 'c' }, true],
  [{ type: 'text', text: 'x' }, false],
  [{ functionCall: { name: 'look' } }, true],
  [{ type: 'text', functionCall: { name: 'look' } }, false],
  ['text', false],
])('toolAskIn(%j) finds a tool call: %s', (part, isCall) => {
  expect(toolAskIn(part) !== undefined).toBe(isCall)
  expect(toolAnswerIn(part)).toBeUndefined()
})

test('callIdOf prefers the id that the result repeats, and limits it to its column', () => {
  expect(callIdOf({ id: 'fc_1', call_id: 'c1' })).toBe('c1')
  expect(callIdOf({ id: 'none' })).toBeNull()
  expect(callIdOf({ id: 'x'.repeat(300) })).toHaveLength(255)
})

describe('addToolAsk', () => {
  const added = (...calls: object[]): ToolAsk[] => {
    const asks = new Map<string, ToolAsk>()
    for (const call of calls) addToolAsk(asks, 'c1', call as never, 1_000)
    return [...asks.values()]
  }

  test('fills in the arguments of a streamed call that came with empty ones first', () => {
    const [empty, whole] = [
      { name: 'look', arguments: '{}' },
      { name: 'look', arguments: '{"at":"x"}' },
    ]
    expect(added(empty, whole)).toEqual([{ callId: 'c1', name: 'look', input: '{"at":"x"}' }])
    expect(added(whole, empty)).toEqual([{ callId: 'c1', name: 'look', input: '{"at":"x"}' }])
  })

  test('leaves out a call without a name', () => expect(added({ arguments: '{}' })).toEqual([]))

  test('keeps at most 512 calls of a span', () => {
    const asks = new Map<string, ToolAsk>()
    for (let i = 0; i < 600; i++) addToolAsk(asks, `c${i}`, { name: 'look' }, 1_000)
    expect(asks.size).toBe(512)
  })
})

describe('addToolAnswer', () => {
  test('reads the type that the AI SDK puts before a result', () => {
    const result = (toolCallId: string, output: object) => ({
      type: 'tool-result',
      toolCallId,
      toolName: 'look',
      output,
    })
    const content = [
      result('c1', { type: 'text', value: 'seen' }),
      result('c2', { type: 'error-json', value: { code: 7 } }),
    ]
    expect(listsOf(summaryOf(JSON.stringify([{ role: 'tool', content }]))).answers).toEqual([
      { callId: 'c1', name: 'look', output: 'seen', failed: false },
      { callId: 'c2', name: 'look', output: '{"code":7}', failed: true },
    ])
  })

  test('leaves out a result that only names the next agent', () => {
    const output = (call_id: string, text: string) => ({ type: 'function_call_output', call_id, output: text })
    const items = [output('c1', '{"assistant": "writer"}'), output('c2', '{"assistant": "writer", "at": 3}')]
    expect([...summaryOf(items).answers!.keys()]).toEqual(['c2'])
  })

  test.each([
    { type: 'tool_result', status: 'denied', output: 'asked' },
    { type: 'tool_result', outcome: 'denied', output: 'asked' },
    { type: 'function_call_output', status: 'incomplete', output: 'ask' },
    { type: 'tool-result', output: { type: 'execution-denied', reason: 'asked' } },
    { type: 'tool_call_response', response: { denied: true, reason: 'asked' } },
  ])('leaves out a result that says that no tool ran, or not to its end: %j', (answer) => {
    const answers = new Map<string, ToolAnswer>()
    addToolAnswer(answers, 'c1', answer, 1_000)
    expect(answers.size).toBe(0)
  })

  test.each([
    [{ output: 'x', is_error: true }, true],
    [{ output: 'x', status: 'error' }, true],
    [{ output: '{"error": "no"}' }, true],
    [{ output: '{"error": "no", "at": 3}' }, false],
    [{ output: 'x' }, false],
  ])('%j failed: %s', (answer, failed) => {
    const answers = new Map<string, ToolAnswer>()
    addToolAnswer(answers, 'c1', answer, 1_000)
    expect([...answers.values()]).toMatchObject([{ callId: 'c1', failed }])
  })
})

test.each([
  ['"seen"', 'seen'],
  [[{ type: 'text', text: 'one' }, { content: 'two' }], 'one\ntwo'],
  [[{ type: 'image' }], '[{"type":"image"}]'],
  [{ a: 1 }, '{"a":1}'],
  [7, '7'],
  ['x'.repeat(200), `${'x'.repeat(99)}…`],
])('outputText(%j) returns %j', (output, text) => expect(outputText(output, 100)).toBe(text))
