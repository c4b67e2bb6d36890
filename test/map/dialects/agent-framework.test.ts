import { expect, test } from 'vitest'
import { atTop } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const map = mapper('agent_framework')

test.each([
  ['workflow.run', 'workflow'],
  ['workflow.build', 'plain'],
  ['executor.process researcher', 'task'],
  ['edge_group.process SingleEdgeGroup', 'plain'],
  ['message.send', 'plain'],
])('%s is %s', (name, kind) => expect(map(name).kind).toBe(kind))

test('`workflow.id` identifies the definition, and is no workflow id', () => {
  const attributes = { 'workflow.id': '31b054f2', 'workflow.name': 'trip' }
  expect(map('workflow.run', attributes, atTop)).toMatchObject({
    kind: 'workflow',
    workflowId: null,
    statements: { workflowName: 'trip' },
  })
  expect(mapper('trip-app')('run', attributes, atTop).workflowId).toBe('31b054f2')
})

test.each([['resp_1'], ['agent_framework_local_history_persistence'], ['unknown']])(
  '%s is no id of a conversation',
  (id) => {
    expect(map('chat m-1', { ...operation('chat'), 'gen_ai.conversation.id': id }).statements.session).toBeUndefined()
  },
)

test('the usage of an agent is an aggregate, and the name of the framework no provider', () => {
  const { usage } = map('invoke_agent planner', {
    ...operation('invoke_agent'),
    'gen_ai.usage.input_tokens': 775,
    'gen_ai.provider.name': 'microsoft.agent_framework',
  })
  expect(usage).toMatchObject({ role: 'aggregate', provider: null })
})

test('the agent of .NET is the span name without the id', () => {
  const facts = mapper('Experimental.Microsoft.Agents.AI')('invoke_agent planner(3f2a)', operation('invoke_agent'))
  expect(facts.agent).toBe('planner')
})
