import { describe, expect, test } from 'vitest'
import { emptySummary, toolAnswersOf } from '../../../src/map/messages/message-summary.ts'
import { readMessages } from '../../../src/map/messages/messages.ts'
import { groundingMessage, providerToolIn } from '../../../src/map/messages/provider-tools.ts'
import { mapSpan } from '../../../src/map/span.ts'
import type { Tree } from '../../../src/map/values/tree.ts'
import { options, spanWith } from '../make.ts'
import { listsOf, summaryOf } from './summary.ts'

const answered = (...parts: Tree[]) => listsOf(summaryOf([{ role: 'assistant', content: parts }], 'output'))
const question = { role: 'user', content: 'why?' }

describe('an item of the responses API for a tool of the provider', () => {
  const search = { type: 'web_search_call', id: 'ws_1', action: { type: 'search', query: 'Lisbon' } }
  const read = (item: Tree) => listsOf(summaryOf([item], 'output'))

  test('is a call and its result', () => {
    expect(read({ ...search, status: 'completed' })).toMatchObject({
      asks: [{ callId: 'ws_1', name: 'web_search', input: '{"type":"search","query":"Lisbon"}' }],
      answers: [{ callId: 'ws_1', name: 'web_search', output: null, failed: false }],
    })
  })

  test.each([
    [{ type: 'file_search_call', queries: ['a'], results: null }, 'file_search', '{"queries":["a"]}', null],
    [{ type: 'code_interpreter_call', code: '1+1', outputs: null }, 'code_interpreter', '{"code":"1+1"}', null],
    [{ type: 'mcp_call', name: 'roll', arguments: '{"n":1}', output: 'six' }, 'roll', '{"n":1}', 'six'],
    [{ type: 'image_generation_call', result: 'aGk=' }, 'image_generation', '{}', 'aGk='],
  ])('%j is a run of %s', (item, name, input, output) => {
    const read = listsOf(summaryOf([{ ...item, id: 'i1', status: 'completed' }], 'output'))
    expect(read).toMatchObject({ asks: [{ name, input }], answers: [{ name, output, failed: false }] })
  })

  test('failed where it says so', () => {
    expect(read({ ...search, status: 'failed' }).answers).toMatchObject([{ failed: true }])
    const refused = { type: 'mcp_call', id: 'mcp_1', name: 'roll', arguments: '{}', error: 'no such die' }
    expect(read(refused).answers).toMatchObject([{ output: 'no such die', failed: true }])
  })

  test('is no run where it was cut off or awaits an approval', () => {
    for (const status of ['in_progress', 'searching', 'incomplete'])
      expect(read({ ...search, status }).answers).toEqual([])
    const approval = { type: 'mcp_approval_request', id: 'mcpr_1', name: 'roll', arguments: '{}' }
    expect(read(approval)).toMatchObject({ asks: [], answers: [] })
  })

  test('in a request is repeated from the answer that has it', () => {
    const summary = emptySummary(1_000)
    const result = { type: 'function_call_output', call_id: 'c1', output: 'sunny' }
    readMessages(summary, [question, { ...search, status: 'completed' }, result], 'input')
    expect(toolAnswersOf(summary, true).map(({ callId, repeated }) => [callId, repeated ?? false])).toEqual([
      ['ws_1', true],
      ['c1', false],
    ])
  })
})

test('a tool of the responses API that the app runs has its result in an item of its own', () => {
  const call = { type: 'computer_call', id: 'cu_1', call_id: 'c1', status: 'completed', action: { type: 'click' } }
  expect(answered(call)).toMatchObject({ asks: [{ callId: 'c1', name: 'computer' }], answers: [] })
  const output = { type: 'computer_call_output', call_id: 'c1', output: 'clicked' }
  expect(answered(call, output).answers).toMatchObject([{ callId: 'c1', output: 'clicked', failed: false }])
  const patch = { type: 'apply_patch_call_output', call_id: 'c2', status: 'failed', output: 'no such file' }
  expect(answered(patch).answers).toMatchObject([{ callId: 'c2', output: 'no such file', failed: true }])
})

describe("a tool that Anthropic's API runs", () => {
  const use = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'Lisbon' } }
  const result = (content: Tree) => ({ type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content })

  test('has its result in the same answer', () => {
    expect(answered(use, result([{ type: 'web_search_result', title: 'Ports' }]))).toMatchObject({
      asks: [{ callId: 'srvtoolu_1', name: 'web_search', input: '{"query":"Lisbon"}' }],
      answers: [{ callId: 'srvtoolu_1', output: '[{"type":"web_search_result","title":"Ports"}]', failed: false }],
    })
  })

  test('failed where its result is an error', () => {
    const content = { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' }
    expect(answered(use, result(content)).answers).toMatchObject([{ callId: 'srvtoolu_1', failed: true }])
  })

  test('did not run where the answer was cut off', () => expect(answered(use).answers).toEqual([]))

  test('in a request is repeated, whatever follows in the same message', () => {
    const summary = emptySummary(1_000)
    const earlier = { role: 'assistant', content: [use, result([])] }
    readMessages(summary, [question, earlier], 'input')
    expect(toolAnswersOf(summary, true)).toMatchObject([{ callId: 'srvtoolu_1', repeated: true }])
  })
})

describe('code that Gemini runs', () => {
  const code = { executableCode: { language: 'PYTHON', code: 'print(23*17)' } }
  const result = (outcome: string) => ({ codeExecutionResult: { outcome, output: '391' } })
  const read = (...parts: Tree[]) => listsOf(summaryOf([question, { role: 'model', parts }], 'output'))

  test('is a run of its own', () => {
    const { asks, answers } = read(code, result('OUTCOME_OK'))
    expect(asks).toMatchObject([{ name: 'code_execution', input: '{"code":"print(23*17)"}' }])
    expect(answers).toMatchObject([{ callId: asks[0]!.callId, output: '391', failed: false }])
  })

  test('failed where its outcome says so', () => {
    for (const outcome of ['OUTCOME_FAILED', 'OUTCOME_DEADLINE_EXCEEDED'])
      expect(read(code, result(outcome)).answers).toMatchObject([{ failed: true }])
  })

  test('is read as LangChain writes it, too', () => {
    const parts = [
      { type: 'executable_code', executable_code: 'print(1)', language: 1 },
      { type: 'code_execution_result', code_execution_result: '1', outcome: 1 },
    ]
    expect(read(...parts)).toMatchObject({
      asks: [{ name: 'code_execution', input: '{"code":"print(1)"}' }],
      answers: [{ output: '1', failed: false }],
    })
  })

  test('has the id of its call before and after, so that a request that repeats it makes no other run', () => {
    const parts = [code, result('OUTCOME_OK'), { functionCall: { name: 'look', args: {} } }]
    const before = read(...parts)
    const request = [
      question,
      { role: 'model', parts },
      { role: 'user', parts: [{ functionResponse: { name: 'look', response: {} } }] },
    ]
    const after = listsOf(summaryOf(request))
    expect(after.asks.map(({ callId }) => callId)).toEqual(before.asks.map(({ callId }) => callId))
    expect(after.answers.map(({ callId }) => callId)).toEqual(before.asks.map(({ callId }) => callId))
  })
})

test('a result in the answer of a model call is told from one that the request brings', () => {
  const summary = emptySummary(1_000)
  const run = (id: string) => ({ type: 'web_search_call', id, status: 'completed', action: {} })
  readMessages(summary, [question, run('ws_1'), { type: 'function_call_output', call_id: 'c1', output: 'x' }], 'input')
  readMessages(summary, [run('ws_1'), run('ws_2')], 'output')
  expect(toolAnswersOf(summary, true).map(({ callId, inAnswer }) => [callId, inAnswer ?? false])).toEqual([
    ['ws_1', false],
    ['c1', false],
    ['ws_2', true],
  ])
  expect(toolAnswersOf(summary, false).some(({ inAnswer }) => inAnswer)).toBe(false)
})

test('the parts of the semantic conventions for such tools are read', () => {
  const parts = [
    { type: 'server_tool_call', id: 's1', name: 'code_interpreter', server_tool_call: { code: '1' } },
    { type: 'server_tool_call_response', id: 's1', server_tool_call_response: { output: '1' } },
  ]
  expect(answered(...parts)).toMatchObject({
    asks: [{ callId: 's1', name: 'code_interpreter', input: '{"code":"1"}' }],
    answers: [{ callId: 's1', output: '{"output":"1"}', failed: false }],
  })
})

test.each([{ type: 'text', text: 'x' }, { text: 'x' }, { type: 'web_search' }, 'text', null])(
  '%j is no part of such a tool',
  (part) => expect(providerToolIn(part)).toBeUndefined(),
)

describe('the searches on which Gemini grounded an answer', () => {
  const google = {
    groundingMetadata: { webSearchQueries: ['Lisbon', 'strike'], groundingChunks: [{ web: { uri: 'u' } }] },
  }
  const run = {
    asks: [{ callId: 'r1:google_search', name: 'google_search', input: '{"queries":["Lisbon","strike"]}' }],
  }

  test('are one run, with the id of the response', () => {
    const read = listsOf(summaryOf([groundingMessage(google, 'r1')!], 'output'))
    expect(read).toMatchObject({ ...run, answers: [{ callId: 'r1:google_search', failed: false }] })
    const snake = { grounding_metadata: { web_search_queries: ['Lisbon', 'strike'] } }
    expect(listsOf(summaryOf([groundingMessage(snake, 'r1')!], 'output'))).toMatchObject(run)
  })

  test('are none without a search or an id', () => {
    expect(groundingMessage(google, undefined)).toBeUndefined()
    expect(groundingMessage({ groundingMetadata: { webSearchQueries: [] } }, 'r1')).toBeUndefined()
    expect(groundingMessage(undefined, 'r1')).toBeUndefined()
  })

  test('are read as the AI SDK and OpenInference write them', () => {
    const vercel = spanWith({
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.response.id': 'r1',
      'ai.response.text': 'So.',
      'ai.response.providerMetadata': JSON.stringify({ google }),
    })
    const content = { role: 'model', parts: [{ text: 'So.' }] }
    const openinference = spanWith({
      'openinference.span.kind': 'LLM',
      'llm.output_messages.0.message.role': 'model',
      'llm.output_messages.0.message.content': 'So.',
      'output.value': JSON.stringify({ response_id: 'r1', candidates: [{ content, ...google }] }),
    })
    for (const span of [vercel, openinference]) {
      const facts = mapSpan(span, options)
      expect(facts).toMatchObject({ ...run, statements: { result: { value: 'So.' } } })
      expect(facts.answers).toMatchObject([{ callId: 'r1:google_search', inAnswer: true }])
    }
  })
})
