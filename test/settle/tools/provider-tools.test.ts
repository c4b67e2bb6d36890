import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { callFacts } from '../../support/facts.ts'
import { toolRows } from './conversation.ts'

const traceId = 'c'.repeat(32)
const start = 1_795_407_990_000_000_000n

/** The n-th model call of one trace, one second after the one before. */
function call(n: number, attributes: Readonly<Record<string, AnyValue>>) {
  const startTimeUnixNano = start + BigInt(n) * 1_000_000_000n
  const times = { startTimeUnixNano, endTimeUnixNano: startTimeUnixNano + 500_000_000n }
  return callFacts(n, { workflow_id: 'wf', ...attributes }, { traceId, ...times })
}

const items = [
  { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'Lisbon' } },
  { type: 'code_interpreter_call', id: 'ci_1', status: 'incomplete', code: '1', outputs: null },
  { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'look', arguments: '{}' },
]
const question = { role: 'user', content: 'why?' }

/** A model call as OpenInference writes it: the request and the response of the provider's SDK. */
function responsesCall(n: number, input: readonly object[], output: readonly object[]) {
  return call(n, {
    'openinference.span.kind': 'LLM',
    'input.value': JSON.stringify({ input }),
    'output.value': JSON.stringify({ id: `resp_${n}`, output }),
  })
}

test('a tool that OpenAI runs is one run, however many requests repeat it', () => {
  const result = { type: 'function_call_output', call_id: 'c1', output: 'seen' }
  const text = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'So.' }] }
  const requests = [
    responsesCall(1, [question], items),
    responsesCall(2, [question, ...items, result], [text]),
    responsesCall(3, [question, ...items, result, text, { role: 'user', content: 'and?' }], [text]),
  ]
  const rows = toolRows(...requests).filter(({ name }) => name !== 'look')
  expect(rows).toMatchObject([
    {
      name: 'web_search',
      input: '{"type":"search","query":"Lisbon"}',
      success: true,
      callId: 'ws_1',
      source: 'messages',
    },
  ])
  expect(rows[0]!.endNs).toBe(start + 1_500_000_000n)
})

test("a request of another trace repeats the provider's run and makes no other", () => {
  expect(toolRows(responsesCall(2, [question, ...items], []))).toEqual([])
})

test('a tool that Anthropic runs is one run, whether a span reports it as well or only messages', () => {
  const parts = [
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'Lisbon' } },
    { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ type: 'web_search_result' }] },
  ]
  const answered = { role: 'assistant', content: parts }
  const chats = [
    call(1, {
      'gen_ai.input.messages': JSON.stringify([question]),
      'gen_ai.output.messages': JSON.stringify([answered]),
    }),
    call(2, { 'gen_ai.input.messages': JSON.stringify([question, answered, question]) }),
  ]
  const span = call(3, {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'web_search',
    'gen_ai.tool.call.id': 'srvtoolu_1',
  })
  expect(toolRows(...chats)).toMatchObject([{ name: 'web_search', success: true, source: 'messages' }])
  expect(toolRows(...chats, span)).toMatchObject([{ name: 'web_search', success: true, source: 'span' }])
})
