import { describe, expect, test } from 'vitest'
import { atTop } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const map = mapper('dify-sdk')
const kind = (name: string) => ({ 'gen_ai.span.kind': name, 'gen_ai.framework': 'dify' })
const counters = {
  'gen_ai.usage.input_tokens': '500',
  'gen_ai.usage.output_tokens': '60',
  'gen_ai.usage.total_tokens': '560',
}

test.each([
  ['LLM', 'llm'],
  ['GENERATION', 'llm'],
  ['EMBEDDING', 'embedding'],
  ['RERANKER', 'rerank'],
  ['TOOL', 'tool'],
  ['AGENT', 'agent'],
  ['WORKFLOW', 'workflow'],
  ['ENTRY', 'workflow'],
  ['TASK', 'plain'],
  ['STEP', 'plain'],
  ['RETRIEVER', 'plain'],
  ['CHAIN', 'plain'],
])('a span of kind %s is %s', (name, expected) => {
  expect(map('node', kind(name))).toMatchObject({
    kind: expected,
    dialect: expected === 'plain' ? '' : 'Dify and LoongSuite',
  })
})

test('a chain at the top is a workflow', () => {
  const texts = { 'input.value': '{"query":"why?"}', 'output.value': 'because' }
  expect(map('message', { ...kind('CHAIN'), ...texts, 'gen_ai.session.id': 's-1' }, atTop)).toMatchObject({
    kind: 'workflow',
    statements: { query: { value: 'why?' }, result: { value: 'because' }, session: { value: 's-1' } },
  })
})

describe('a call', () => {
  test('of Dify for Alibaba Cloud has its counters as text, and older names of the model', () => {
    const call = {
      ...kind('LLM'),
      ...counters,
      'gen_ai.model_name': 'gpt-4o',
      'gen_ai.system': 'langgenius/openai/openai',
    }
    expect(map('llm', call).usage).toMatchObject({
      role: 'call',
      prompt: 500,
      completion: 60,
      provider: 'openai',
      model: 'gpt-4o',
    })
  })

  test('of Dify for Tencent names the model as that of the response', () => {
    const call = { ...kind('GENERATION'), ...counters, 'gen_ai.response.model': 'deepseek-chat' }
    expect(map('GENERATION', call).usage).toMatchObject({ prompt: 500, responseModel: 'deepseek-chat' })
  })

  test('of LoongSuite has an operation, which goes before the kind', () => {
    expect(map('react', { ...kind('LLM'), ...operation('react') }).kind).toBe('plain')
    const call = { ...operation('chat'), 'gen_ai.span.kind': 'LLM', ...counters }
    expect(map('chat qwen-max', call).usage).toMatchObject({ prompt: 500, model: 'qwen-max' })
  })
})

test('a tool of Dify has its arguments and result beside the semantic conventions', () => {
  const tool = { 'tool.name': 'search', 'tool.parameters': '{"q":"news"}', 'output.value': '{"text":"ok"}' }
  expect(map('Web search', { ...kind('TOOL'), ...tool }).tool).toMatchObject({
    name: 'search',
    input: '{"q":"news"}',
    output: '{"text":"ok"}',
  })
})

test('the own traces of Dify have the kinds of OpenInference and the counters of the semantic conventions', () => {
  const call = { 'openinference.span.kind': 'LLM', ...operation('chat'), ...counters, 'gen_ai.request.model': 'gpt-4o' }
  expect(mapper('unified_otel_dify')('LLM', call)).toMatchObject({
    kind: 'llm',
    usage: { role: 'call', prompt: 500, completion: 60, model: 'gpt-4o' },
  })
})
