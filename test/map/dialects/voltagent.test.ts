import { expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanWith } from '../make.ts'

const scope = { name: '@voltagent/core', version: '', attributes: new Map(), schemaUrl: '' }

function map(attributes: Record<string, AnyValue>, other: Partial<Span> = {}): Facts {
  return mapSpan(
    spanWith({ 'entity.type': 'agent', 'entity.name': 'boss', ...attributes }, { scope, ...other }),
    options,
  )
}

test.each([
  [{}, 'agent'],
  [{ 'entity.type': 'workflow' }, 'workflow'],
  [{ 'span.type': 'agent' }, 'agent'],
  [{ 'span.type': 'llm' }, 'llm'],
  [{ 'span.type': 'tool' }, 'tool'],
  [{ 'span.type': 'workflow-step' }, 'task'],
  [{ 'span.type': 'memory' }, 'plain'],
  [{ 'span.type': 'scorer' }, 'plain'],
])('%j is %s', (attributes, kind) => expect(map(attributes as Record<string, AnyValue>).kind).toBe(kind))

test('an agent has the sum of its own calls, a model call the counters of the last step', () => {
  const sum = { 'usage.prompt_tokens': 919, 'usage.completion_tokens': 149, 'usage.cached_tokens': 384 }
  expect(map({ ...sum, 'usage.reasoning_tokens': 32, 'ai.model.name': 'm-1' }).usage).toMatchObject({
    role: 'own',
    class: 'chat',
    prompt: 919,
    completion: 149,
    cacheRead: 384,
    reasoning: 32,
    model: 'm-1',
    provider: null,
  })
  const last = { 'llm.usage.prompt_tokens': 401, 'llm.usage.completion_tokens': 83, 'span.type': 'llm' }
  expect(map(last).usage).toMatchObject({ role: 'last-step', prompt: 401 })
  expect(map({ 'usage.prompt_context.total_tokens_estimated': 7 }).usage).toBeNull()
})

test('a sub-agent has its own name, and a span with the name of its agent is no agent', () => {
  expect(map({}).agent).toBe('boss')
  expect(map({ 'span.type': 'agent', 'subagent.name': 'writer' }).agent).toBe('writer')
  expect(map({ 'span.type': 'tool', 'tool.name': 'look' }).agent).toBeNull()
})

test('the input of a tool is its arguments, not the schema of its parameters', () => {
  const attributes = { 'tool.name': 'look', 'tool.call.id': 'c1', 'tool.parameters': '{"type":"object"}' }
  const failed = { status: { code: 2, message: '' } }
  const called = { ...attributes, 'span.type': 'tool', input: '{"at":"x"}', 'error.message': 'closed' }
  expect(map(called, failed).tool).toMatchObject({ callId: 'c1', input: '{"at":"x"}', success: false, error: 'closed' })
})

test('workflow, user, session, query and result are read', () => {
  const attributes = { 'agent.context': '{"workflow_id":"wf"}', 'user.id': 'u', 'conversation.id': 's' }
  expect(map({ ...attributes, 'operation.id': 'op', input: 'why?', output: 'so.' }, atTop)).toMatchObject({
    workflowId: 'wf',
    statements: {
      user: { value: 'u' },
      session: { rank: 0, value: 's' },
      query: { value: 'why?' },
      result: { value: 'so.' },
    },
  })
})

test('the workflow id is that of the context, else the execution id, and a step has none', () => {
  const execution = { 'entity.type': 'workflow', 'workflow.execution.id': 'run-1' }
  expect(map(execution).workflowId).toBe('run-1')
  expect(map({ ...execution, 'workflow.context': '{"workflow_id":"wf"}' }).workflowId).toBe('wf')
  expect(map({ ...execution, 'span.type': 'workflow-step' }).workflowId).toBeNull()
})

test('the state decides where the span status does not', () => {
  const done = { status: { code: 1, message: '' } }
  expect(map({ 'agent.state': 'error' }, done).outcome).toBe('error')
  expect(map({ 'workflow.state': 'cancelled' }, done).outcome).toBe('cancelled')
  expect(map({ 'agent.state': 'completed' }, done).outcome).toBe('ok')
})
