import { expect, test } from 'vitest'
import { mapRecord } from '../../../src/map/record.ts'
import { options, recordWith } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const scopeName = 'semantic_kernel.utils.telemetry.model_diagnostics.decorators'
const map = mapper(scopeName)

test.each([
  ['chat.completions', 'llm'],
  ['chat.streaming_completions', 'llm'],
  ['text_completions', 'llm'],
  ['execute_tool', 'tool'],
])('%s is %s', (name, kind) => expect(map(`${name} m-1`, operation(name)).kind).toBe(kind))

test('the tool loop is plain', () => {
  expect(map('AutoFunctionInvocationLoop', { 'sk.available_functions': 'a,b' }).kind).toBe('plain')
})

test('a message in the JSON body of a record is read', () => {
  const scope = { name: scopeName, version: '', attributes: new Map(), schemaUrl: '' }
  const factsOf = (name: string, body: object) =>
    mapRecord(recordWith({ attributes: new Map([['event.name', name]]), body: JSON.stringify(body), scope }), options)
  const call = { id: 'c1', function: { name: 'trip-weather', arguments: '{"city":"Lisbon"}' } }
  expect(factsOf('gen_ai.user.message', { role: 'user', content: 'why?' }).statements.query?.value).toBe('why?')
  const choice = factsOf('gen_ai.choice', { message: { role: 'assistant', tool_calls: [call] }, finish_reason: 'stop' })
  expect(choice.asks).toEqual([{ callId: 'c1', name: 'trip-weather', input: '{"city":"Lisbon"}' }])
  expect(choice.statements.result).toBeUndefined()
})
