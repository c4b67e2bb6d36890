import { expect, test } from 'vitest'
import { atTop } from '../make.ts'
import { mapper } from './scoped.ts'

const map = mapper('crewai')
const run = { 'crewai.execution_uuid': 'run-1' }

test.each([
  ['execute crew', 'workflow'],
  ['execute flow', 'workflow'],
  ['execute task', 'task'],
  ['execute agent', 'agent'],
  ['call llm', 'llm'],
  ['call tool', 'tool'],
  ['call method', 'plain'],
  ['agent reasoning', 'plain'],
])('%s is %s', (name, kind) => expect(map(name, run).kind).toBe(kind))

test('a run at the top has a workflow id, one below a span of the application has not', () => {
  expect(map('execute crew', run, atTop).workflowId).toBe('run-1')
  expect(map('execute crew', run).workflowId).toBeNull()
})

test('`gen_ai.conversation.id` is no session: it is the id of a task', () => {
  expect(map('execute task', { ...run, 'gen_ai.conversation.id': 'task-1' }).statements.session).toBeUndefined()
})

test('the telemetry about the product is plain', () => {
  expect(mapper('crewai.telemetry')('Crew Created', { crew_key: 'k' })).toMatchObject({ kind: 'plain', dialect: '' })
})

test('the counters of a crew are those of the lifetime of its agents', () => {
  const counters =
    "{'total_tokens': 1980, 'prompt_tokens': 1720, 'cached_prompt_tokens': 512, 'completion_tokens': 260}"
  const pairs =
    'total_tokens=1980 prompt_tokens=1720 cached_prompt_tokens=512 completion_tokens=260 reasoning_tokens=10'
  const read = { role: 'lifetime', prompt: 1720, completion: 260, cacheRead: 512 }
  expect(map('crewai.workflow', { 'crewai.crew.usage_metrics': counters }).usage).toMatchObject(read)
  expect(map('crewai.workflow', { 'crewai.crew.token_usage': pairs }).usage).toMatchObject({ ...read, reasoning: 10 })
})
