import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanEvent, spanWith } from '../make.ts'

const of = (library: string): Partial<Span> => ({
  scope: { name: `openinference.instrumentation.${library}`, version: '', attributes: new Map(), schemaUrl: '' },
})

function map(kind: string, attributes: Record<string, AnyValue> = {}, other: Partial<Span> = of('openai')): Facts {
  return mapSpan(spanWith({ 'openinference.span.kind': kind, ...attributes }, other), options)
}

const counted = { 'llm.token_count.prompt': 110, 'llm.token_count.completion': 37 }
const gave = (value: object): Record<string, AnyValue> => ({ 'output.value': JSON.stringify(value) })
const metadata = (value: object): Record<string, AnyValue> => ({ metadata: JSON.stringify(value) })

describe('kinds', () => {
  test.each([
    ['LLM', 'llm'],
    ['EMBEDDING', 'embedding'],
    ['TOOL', 'tool'],
    ['AGENT', 'agent'],
    ['RERANKER', 'rerank'],
    ['RETRIEVER', 'plain'],
    ['GUARDRAIL', 'plain'],
    ['CHAIN', 'plain'],
  ])('%s is %s', (word, kind) => expect(map(word).kind).toBe(kind))

  test('a chain is a workflow at the top, or where it names its workflow', () => {
    expect(map('CHAIN', {}, atTop).kind).toBe('workflow')
    expect(map('CHAIN', { workflow_id: 'wf' }).kind).toBe('workflow')
  })

  test('another dialect gives the kind of a span that states none', () => {
    const span = spanWith({ 'openinference.span.kind': null, workflow_id: 'wf' }, atTop)
    expect(mapSpan(span, options)).toMatchObject({ kind: 'workflow', dialect: 'plain attributes' })
  })

  test('a hand-off, and the tool by which a model finishes, are plain', () => {
    expect(map('TOOL', {}, { ...of('openai_agents'), name: 'handoff to writer' }).kind).toBe('plain')
    expect(map('TOOL', { 'tool.name': 'handoff_to_writer' }, of('openai_agents')).kind).toBe('plain')
    expect(map('TOOL', { 'tool.name': 'final_answer' }, of('smolagents')).kind).toBe('plain')
    expect(map('TOOL', {}, { ...of('dspy'), name: 'finish.__call__' }).kind).toBe('plain')
  })
})

describe('agents', () => {
  test.each([
    [{ 'agent.name': 'anna', 'graph.node.id': '52b8' }, 'anna'],
    [{ 'graph.node.id': 'bert' }, 'bert'],
    [{}, 'step'],
  ])('%j is %s', (attributes, agent) => {
    expect(map('AGENT', attributes, of('agno'))).toMatchObject({ kind: 'agent', agent })
  })

  test('the trace of the OpenAI Agents SDK is a workflow, not an agent', () => {
    expect(map('AGENT', {}, of('openai_agents'))).toMatchObject({ kind: 'plain', agent: null })
    expect(map('AGENT', {}, { ...of('openai_agents'), ...atTop })).toMatchObject({ kind: 'workflow', endsWell: true })
    expect(map('AGENT', { 'agent.name': 'anna' }, of('openai_agents')).endsWell).toBe(false)
  })

  test('a run of LangChain that only has the word agent in its name is no agent', () => {
    const called = { ...of('langchain'), name: 'my_agent_call' }
    expect(map('AGENT', counted, called)).toMatchObject({ kind: 'llm', usage: { role: 'call' } })
    const node = { ...of('langchain'), name: 'agent' }
    expect(map('AGENT', metadata({ langgraph_node: 'agent' }), node)).toMatchObject({ kind: 'plain', agent: null })
    expect(map('AGENT', {}, node)).toMatchObject({ kind: 'agent', agent: 'agent' })
  })

  test('a chain of LangChain is an agent if it, or its last message, has the name of one', () => {
    const named = { ...of('langchain'), name: 'writer' }
    expect(map('CHAIN', metadata({ lc_agent_name: 'writer' }), named)).toMatchObject({ kind: 'agent', agent: 'writer' })
    expect(map('CHAIN', metadata({ lc_agent_name: 'boss' }), named).kind).toBe('plain')
    const last = { id: ['m', 'AIMessage'], kwargs: { name: 'writer', content: 'so.' } }
    const answered = { ...metadata({ lc_agent_name: 'boss' }), ...gave({ messages: [{}, last] }) }
    expect(map('CHAIN', answered, named)).toMatchObject({ kind: 'agent', agent: 'writer' })
  })
})

describe('usage', () => {
  test('counters in two dialects are read once', () => {
    expect(map('LLM', { ...counted, 'gen_ai.usage.input_tokens': 110 }).usage).toMatchObject({
      role: 'call',
      trust: 30,
      prompt: 110,
      completion: 37,
    })
  })

  test('cached tokens that are no attribute are read from the output', () => {
    const usage = { cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }
    expect(map('LLM', { ...counted, ...gave({ usage }) }).usage).toMatchObject({ cacheRead: 0, cacheWrite: 0 })
  })

  test('counters of a Mistral stream are read from the collected event', () => {
    const usage = {
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 13 },
    }
    const completion = { id: 'c1', model: 'm-1', usage }
    const known = { responseId: 'c1', responseModel: 'm-1', cacheRead: 64, reasoning: 13 }
    for (const output of [completion, { data: completion }])
      expect(map('LLM', { ...counted, ...gave(output) }, of('mistralai')).usage).toMatchObject(known)
  })

  test('the prompt of Bedrock excludes cached tokens, as the total shows', () => {
    const usage = { cacheReadInputTokens: 20, cacheWriteInputTokens: 81 }
    const attributes = { ...counted, 'llm.token_count.total': 248, 'llm.provider': 'aws', ...gave({ usage }) }
    expect(map('LLM', attributes, of('bedrock')).usage).toMatchObject({ prompt: 211, provider: 'aws.bedrock' })
  })

  test('the prompt of a Bedrock stream follows from the total', () => {
    const attributes = { ...counted, 'llm.token_count.total': 248, 'llm.provider': 'aws' }
    expect(map('LLM', attributes, of('bedrock')).usage).toMatchObject({ prompt: 211, completion: 37, cacheRead: null })
  })

  test('agents of the Claude Agent SDK have the only counters, which exclude cached tokens', () => {
    const attributes = { ...counted, 'llm.token_count.prompt_details.cache_read': 20, 'llm.cost.total': 0.25 }
    expect(map('AGENT', attributes, of('claude_agent_sdk')).usage).toMatchObject({
      role: 'aggregate',
      prompt: 130,
      statedCostNano: 250_000_000,
    })
  })

  test('the usage of an agent of smolagents covers its lifetime', () => {
    expect(map('AGENT', counted, of('smolagents')).usage?.role).toBe('lifetime')
  })

  test('model and response id of LangChain are read from the output', () => {
    const kwargs = {
      id: 'chatcmpl-1',
      response_metadata: { model_name: 'm-1-2025' },
      usage_metadata: { input_token_details: { cache_creation: 5 } },
    }
    const usage = map(
      'LLM',
      { ...counted, ...gave({ generations: [[{ message: { kwargs } }]] }), ...metadata({ ls_provider: 'openai' }) },
      of('langchain'),
    ).usage
    expect(usage).toMatchObject({
      responseModel: 'm-1-2025',
      responseId: 'chatcmpl-1',
      provider: 'openai',
      cacheWrite: 5,
      trust: 20,
    })
    const own = gave({
      generations: [[{ message: { kwargs: { id: 'lc_run--7', response_metadata: { id: 'chatcmpl-2' } } } }]],
    })
    expect(map('LLM', { ...counted, ...own }, of('langchain')).usage?.responseId).toBe('chatcmpl-2')
    const nameless = gave({ generations: [[{ message: { kwargs: { id: 'run-7' } } }]] })
    expect(map('LLM', { ...counted, ...nameless }, of('langchain')).usage?.responseId).toBeNull()
  })

  test('the model of LiteLLM is read without the provider', () => {
    const attributes = { ...counted, 'llm.model_name': 'openai/m-1', 'llm.provider': 'openai' }
    expect(map('LLM', attributes, of('litellm')).usage).toMatchObject({ model: 'm-1', trust: 10 })
    expect(map('LLM', attributes).usage?.model).toBe('openai/m-1')
  })
})

describe('tools', () => {
  test('input and name of a tool are read', () => {
    const attributes = { 'tool.name': 'look', 'tool.parameters': '{"type":"object"}', 'input.value': '{"at":"x"}' }
    expect(map('TOOL', { ...attributes, 'output.value': 'seen' }).tool).toMatchObject({
      name: 'look',
      input: '{"at":"x"}',
      output: 'seen',
    })
    const wrapped = '{"args":[],"kwargs":{"at":"x"},"sanitize_inputs_outputs":true}'
    const unnamed = map('TOOL', { 'input.value': wrapped }, { ...of('dspy'), name: 'look.__call__' })
    expect(unnamed.tool).toMatchObject({ name: 'look', input: '{"at":"x"}' })
    expect(map('TOOL', { 'input.value': '{"args":["x"],"kwargs":{}}' }).tool?.input).toBe('["x"]')
    expect(map('TOOL', { 'input.value': "{'at': 'x', 'far': None}" }).tool?.input).toBe('{"at":"x","far":null}')
    expect(map('TOOL', { 'input.value': '{}' }).tool?.input).toBe('{}')
    expect(map('TOOL', { 'input.value': '{"kwargs":{},"at":"x"}' }).tool?.input).toBe('{"kwargs":{},"at":"x"}')
  })

  test.each([
    ['JavaScript', { output: { kwargs: { content: 'seen', tool_call_id: 'c1' } } }],
    ['Python', { type: 'tool', data: { content: 'seen', tool_call_id: 'c1' } }],
  ])('the call id is read from the message of LangChain in %s', (_, message) => {
    expect(map('TOOL', { 'input.value': 'x', ...gave(message) }, of('langchain')).tool).toMatchObject({
      callId: 'c1',
      input: '"x"',
      output: 'seen',
    })
  })
})

describe('query and result', () => {
  const said = (facts: Facts): unknown[] => [facts.statements.query, facts.statements.result]

  test('of a run are in its input and output', () => {
    const attributes = { 'input.value': '{"messages":[{"role":"user","content":"why?"}]}', 'output.value': 'so.' }
    expect(said(map('CHAIN', attributes, atTop))).toEqual([
      { rank: 1, value: 'why?' },
      { rank: 1, value: 'so.' },
    ])
    expect(said(map('CHAIN', attributes))).toEqual([undefined, undefined])
  })

  test('of a crew are in its tasks', () => {
    const facts = map('CHAIN', { crew_tasks: '[{"id":"t","description":"why?"}]' }, of('crewai'))
    expect(facts).toMatchObject({ kind: 'workflow', statements: { query: { value: 'why?' } } })
  })

  test('of a call are in the flattened messages, else in input and output', () => {
    const input = 'llm.input_messages.10.message'
    const output = 'llm.output_messages.0.message'
    const flat = {
      'llm.input_messages.9.message.role': 'user',
      'llm.input_messages.9.message.content': 'before?',
      [`${input}.role`]: 'user',
      [`${input}.contents.0.message_content.type`]: 'text',
      [`${input}.contents.0.message_content.text`]: 'why?',
      [`${output}.role`]: 'assistant',
      [`${output}.content`]: 'so.',
      [`${output}.tool_calls.0.tool_call.id`]: 'c1',
      [`${output}.tool_calls.0.tool_call.function.name`]: 'look',
      [`${output}.tool_calls.0.tool_call.function.arguments`]: '{"at":"x"}',
    }
    const facts = map('LLM', flat)
    expect(said(facts)).toEqual([
      { rank: 2, value: 'why?' },
      { rank: 2, value: 'so.' },
    ])
    expect(facts.asks).toEqual([{ callId: 'c1', name: 'look', input: '{"at":"x"}' }])
    const raw = {
      'input.value': '[{"role":"user","content":"why?"}]',
      ...gave({ choices: [{ message: { role: 'assistant', content: 'so.' } }] }),
    }
    expect(said(map('LLM', raw))).toEqual(said(facts))
  })

  test('of Bedrock are in the blocks, which the flattened messages lack', () => {
    const content = [{ toolResult: { toolUseId: 'c1', status: 'error', content: [{ text: 'no' }] } }]
    const attributes = {
      'llm.input_messages.0.message.role': 'user',
      'input.value': JSON.stringify({ modelId: 'm-1', messages: [{ role: 'user', content }] }),
      ...gave({
        output: {
          message: { role: 'assistant', content: [{ toolUse: { toolUseId: 'c2', name: 'look', input: { at: 'x' } } }] },
        },
      }),
      ...counted,
    }
    expect(map('LLM', attributes, of('bedrock'))).toMatchObject({
      usage: { model: 'm-1' },
      asks: [{ callId: 'c2', name: 'look' }],
      answers: [{ callId: 'c1', output: 'no', failed: true }],
    })
  })
})

test.each([
  ['OpenAI', { type: 'function', function: { name: 'Weather' } }],
  ['Anthropic', { type: 'tool', name: 'Weather' }],
])('a function that the request forces is the form of the answer: %s', (_, choice) => {
  const attributes = {
    'llm.invocation_parameters': JSON.stringify({ model: 'm-1', tool_choice: choice }),
    'llm.output_messages.0.message.role': 'assistant',
    'llm.output_messages.0.message.tool_calls.0.tool_call.id': 'c1',
    'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'Weather',
    'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': '{"t":21}',
    ...counted,
  }
  expect(map('LLM', attributes)).toMatchObject({ asks: [], statements: { result: { rank: 2, value: '{"t":21}' } } })
  const free = { ...attributes, 'llm.invocation_parameters': JSON.stringify({ tool_choice: 'auto' }) }
  expect(map('LLM', free).asks).toHaveLength(1)
})

test('the input is read where a flattened message has only the last of several results of Anthropic', () => {
  const content = [
    { type: 'tool_result', tool_use_id: 'c1', content: 'seen', is_error: false },
    { type: 'tool_result', tool_use_id: 'c2', content: 'no', is_error: true },
  ]
  const attributes = {
    'llm.input_messages.0.message.role': 'user',
    'llm.input_messages.0.message.tool_call_id': 'c2',
    'llm.input_messages.0.message.content': 'no',
    'input.value': JSON.stringify({ model: 'm-1', messages: [{ role: 'user', content }] }),
    ...counted,
  }
  expect(map('LLM', attributes).answers).toEqual([
    { callId: 'c1', name: null, output: 'seen', failed: false },
    { callId: 'c2', name: null, output: 'no', failed: true },
  ])
})

test('the input is read where flattened tool results lack the id of their call', () => {
  const ask = { id: 'c1', function: { name: 'look', arguments: '{"at":"x"}' } }
  const attributes = {
    'llm.input_messages.0.message.role': 'tool',
    'llm.input_messages.0.message.name': 'look',
    'llm.input_messages.0.message.content': 'seen',
    'input.value': JSON.stringify({
      messages: [
        { role: 'user', content: 'why?' },
        { role: 'assistant', tool_calls: [ask] },
        { role: 'tool', tool_call_id: 'c1', content: 'seen' },
      ],
    }),
  }
  expect(map('LLM', attributes, of('mistralai'))).toMatchObject({
    asks: [{ callId: 'c1', name: 'look' }],
    answers: [{ callId: 'c1', output: 'seen' }],
  })
})

test('functions that the SDK of Gemini called itself are read from the output', () => {
  const call = { parts: [{ function_call: { name: 'look', args: { at: 'x' } } }], role: 'model' }
  const answer = { parts: [{ function_response: { name: 'look', response: { error: 'no' } } }], role: 'user' }
  const history = [{ parts: [{ text: 'why?' }] }, call, answer]
  const attributes = gave({ response_id: 'r1', automatic_function_calling_history: history })
  expect(map('LLM', { ...counted, ...attributes }, of('google_genai'))).toMatchObject({
    usage: { responseId: 'r1' },
    statements: { query: { value: 'why?' } },
    asks: [{ name: 'look', input: '{"at":"x"}' }],
    answers: [{ name: 'look', failed: true }],
  })
})

describe('BeeAI:', () => {
  const bee = of('beeai')

  test('the input of a tool, and the reason of a failure, are read', () => {
    const attributes = {
      'tool.name': 'look',
      'input.value': '{"input": {"at": "x"}, "options": null}',
      'output.value': 'ToolError(tools): Tool Error\n  RuntimeError: too dark',
    }
    const events = [spanEvent('exception', { 'exception.type': 'ToolError', 'exception.message': 'Tool Error' })]
    const failed = map('TOOL', attributes, { ...bee, events, status: { code: 2, message: '' } })
    expect(failed).toMatchObject({
      tool: { name: 'look', input: '{"at":"x"}', success: false },
      error: 'ToolError(tools): Tool Error\n  RuntimeError: too dark',
    })
    expect(map('TOOL', attributes, bee).tool).toMatchObject({ success: true, error: null })
    expect(map('LLM', attributes, { ...bee, events }).statements.result).toBeUndefined()
  })

  test.each(['TOOL', 'LLM', 'AGENT'])('an event in a run of kind %s is plain', (kind) => {
    expect(map(kind, { 'metadata.path': 'tool.custom.look.error' }, { ...bee, name: 'error' }).kind).toBe('plain')
  })

  test('the final answer is plain, and cached tokens are read', () => {
    expect(map('TOOL', { 'tool.name': 'final_answer' }, bee).kind).toBe('plain')
    expect(map('LLM', { ...counted, 'metadata.usage.cached_prompt_tokens': 64 }, bee).usage).toMatchObject({
      prompt: 110,
      cacheRead: 64,
    })
  })
})

test('ids are read from the metadata', () => {
  const ids = metadata({ workflow_id: 'wf', user_id: 'u', session_id: 's', thread_id: 't' })
  expect(map('LLM', ids)).toMatchObject({
    workflowId: 'wf',
    statements: { user: { value: 'u' }, session: { rank: 0, value: 's' } },
  })
})
