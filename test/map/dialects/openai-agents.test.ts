import { expect, test } from 'vitest'
import { mapper, operation } from './scoped.ts'

const map = mapper('opentelemetry.instrumentation.openai_agents')
const placeholder = { 'gen_ai.agent.name': 'OpenAI Agent', 'gen_ai.agent.id': 'agent' }

test('a trace is a workflow, a turn is plain, and only the agent has a name', () => {
  expect(map('Trip planner', operation('invoke_agent'), { kind: 2 })).toMatchObject({ kind: 'workflow', agent: null })
  expect(map('unknown', { ...operation('unknown'), ...placeholder })).toMatchObject({ kind: 'plain', agent: null })
  expect(map('chat m-1', { ...operation('chat'), ...placeholder })).toMatchObject({ kind: 'llm', agent: null })
  expect(
    map('invoke_agent planner', {
      ...operation('invoke_agent'),
      'gen_ai.agent.name': 'planner',
      'gen_ai.agent.id': 'agent',
    }),
  ).toMatchObject({ kind: 'agent', agent: 'planner' })
})

test('a tool call as Python prints it is read', () => {
  const content = `ResponseFunctionToolCall(arguments='{"city":"Lisbon"}', call_id='c1', name='weather', type='function_call')`
  const messages = [
    {
      role: 'assistant',
      parts: [
        { type: 'text', content },
        { type: 'text', content: 'one moment' },
      ],
    },
  ]
  const facts = map('chat m-1', { ...operation('chat'), 'gen_ai.output.messages': JSON.stringify(messages) })
  expect(facts.asks).toEqual([{ callId: 'c1', name: 'weather', input: '{"city":"Lisbon"}' }])
  expect(facts.statements.result?.value).toBe('one moment')
})

test('spans of OpenLLMetry with the same scope are of its own dialect', () => {
  const facts = map('planner.agent', { ...operation('invoke_agent'), 'traceloop.span.kind': 'agent' })
  expect(facts.dialect).not.toBe('OpenAI Agents (OTel)')
})
