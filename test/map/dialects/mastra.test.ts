import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

function map(type: string, operation: string, attributes: Record<string, AnyValue> = {}): Facts {
  return mapSpan(spanWith({ 'mastra.span.type': type, 'gen_ai.operation.name': operation, ...attributes }), options)
}

const counted = { 'gen_ai.usage.input_tokens': 211, 'gen_ai.usage.output_tokens': 37 }

test.each([
  ['agent_run', 'invoke_agent', 'agent', 'aggregate'],
  ['workflow_run', 'invoke_workflow', 'workflow', 'aggregate'],
  ['workflow_step', 'workflow_step', 'task', 'aggregate'],
  ['model_inference', 'chat', 'llm', 'call'],
  ['model_generation', 'chat', 'llm', 'call'],
  ['model_generation', 'model_generation', 'plain', undefined],
  ['model_step', 'agent_step', 'plain', undefined],
  ['model_chunk', 'model_chunk', 'plain', undefined],
  ['rag_embedding', 'embeddings', 'embedding', 'call'],
  ['mcp_tool_call', 'execute_tool', 'tool', undefined],
  ['generic', 'generic', 'plain', undefined],
])('%s as %s is %s', (type, operation, kind, role) => {
  const facts = map(type, operation, kind === 'tool' ? {} : counted)
  expect([facts.kind, facts.usage?.role]).toEqual([kind, role])
})

test('the prompt of every provider includes cached tokens', () => {
  const cached = { 'gen_ai.usage.cache_read.input_tokens': 128, 'gen_ai.provider.name': 'anthropic.messages' }
  expect(map('model_inference', 'chat', { ...counted, ...cached }).usage).toMatchObject({
    prompt: 211,
    cacheRead: 128,
    provider: 'anthropic',
  })
})

test('the names of cached tokens in older exporters are read', () => {
  const cached = { 'gen_ai.usage.cached_input_tokens': 128, 'gen_ai.usage.cache_write_tokens': 20 }
  expect(map('model_generation', 'chat', { ...counted, ...cached }).usage).toMatchObject({
    prompt: 211,
    cacheRead: 128,
    cacheWrite: 20,
  })
})

test('query and result of an agent and a workflow are read', () => {
  const agent = { 'mastra.agent_run.input': 'why?', 'mastra.agent_run.output': '{"text":"so.","files":[]}' }
  const workflow = {
    'mastra.workflow_run.input': '{"query":"why?"}',
    'mastra.workflow_run.output': '{"status":"success","result":{"answer":"so."}}',
  }
  for (const facts of [map('agent_run', 'invoke_agent', agent), map('workflow_run', 'invoke_workflow', workflow)]) {
    expect(facts.statements).toMatchObject({ query: { rank: 1, value: 'why?' }, result: { rank: 1, value: 'so.' } })
  }
})

test('the run id of an agent is no workflow id, and a resource is a user', () => {
  const ids = { 'mastra.metadata.runId': 'r', 'mastra.metadata.resourceId': 'u', 'gen_ai.conversation.id': 't' }
  expect(map('agent_run', 'invoke_agent', ids)).toMatchObject({
    workflowId: null,
    statements: { user: { value: 'u' }, session: { rank: 1, value: 't' } },
  })
  const named = { ...ids, 'mastra.metadata.workflow_id': 'wf', 'mastra.metadata.userId': 'anna' }
  expect(map('agent_run', 'invoke_agent', named)).toMatchObject({
    workflowId: 'wf',
    statements: { user: { value: 'anna' } },
  })
})

test('the status of a step is read', () => {
  expect(map('workflow_step', 'workflow_step', { 'mastra.workflow_step.status': 'failed' }).outcome).toBe('error')
  expect(map('workflow_run', 'invoke_workflow', { 'mastra.workflow_run.status': 'canceled' }).outcome).toBe('cancelled')
})
