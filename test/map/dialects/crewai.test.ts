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

test('a run of its own has an id, one inside of an application has that of the application', () => {
  expect(map('execute crew', run, atTop).workflowId).toBe('run-1')
  expect(map('execute crew', run).workflowId).toBeNull()
})

test("a conversation is a task's id", () => {
  expect(map('execute task', { ...run, 'gen_ai.conversation.id': 'task-1' }).statements.session).toBeUndefined()
})

test("the product's telemetry is nobody's run", () => {
  expect(mapper('crewai.telemetry')('Crew Created', { crew_key: 'k' })).toMatchObject({ kind: 'plain', dialect: '' })
})
