import { expect, test } from 'vitest'
import { mapRecord } from '../../src/map/record.ts'
import { options, recordWith } from './make.ts'

test('a named record has one event, recognised or not', () => {
  const facts = mapRecord(recordWith({ eventName: 'cart.emptied', body: 'the cart is empty' }), options)
  expect(facts).toMatchObject({ source: 'record', kind: 'plain', dialect: '', usage: null, parent: 'b7ad6b7169203331' })
  expect(facts.events).toHaveLength(1)
  expect(facts.events[0]).toMatchObject({ type: 'cart.emptied', message: 'the cart is empty', timeNs: facts.startNs })
})

test('a record without a name has no event', () => {
  expect(mapRecord(recordWith({ body: 'GET / 200' }), options).events).toEqual([])
})

test("the counters of an application's own record are not counted", () => {
  const attributes = new Map<string, string | number>([
    ['workflow_id', 'wf'],
    ['model', 'gpt-4o'],
    ['prompt_tokens', 100],
    ['tool_name', 'search'],
  ])
  expect(mapRecord(recordWith({ eventName: 'llm.done', attributes }), options)).toMatchObject({
    kind: 'plain',
    workflowId: 'wf',
    usage: null,
    tool: null,
  })
})

test('the details of an inference are a copy of the span that the record names', () => {
  const attributes = new Map<string, string | number>([
    ['gen_ai.usage.input_tokens', 100],
    ['gen_ai.response.model', 'gpt-4o'],
  ])
  const record = recordWith({ eventName: 'gen_ai.client.inference.operation.details', attributes })
  expect(mapRecord(record, options).usage).toMatchObject({ role: 'copy', prompt: 100, responseModel: 'gpt-4o' })
})

test('records without a trace share one with their workflow, or have one of their own', () => {
  const named = { traceId: '', attributes: new Map([['workflow_id', 'wf']]) }
  const [one, two] = ['1', '2'].map((digit) =>
    mapRecord(recordWith(named), { ...options, digest: () => digit.repeat(64) }),
  )
  expect(one!.trace).toMatch(/^[0-9a-f]{32}$/)
  expect(one!.trace).toBe(two!.trace)
  expect(one!.id).not.toBe(two!.id)
  expect(mapRecord(recordWith({ traceId: '' }), options).trace).toBe('d'.repeat(32))
  // nothing can be above a record without a trace
  expect(['', 'a'.repeat(32)].map((traceId) => mapRecord(recordWith({ traceId }), options).remoteParent)).toEqual([
    true,
    false,
  ])
})

test('the observed time replaces a missing one', () => {
  expect(mapRecord(recordWith({ timeUnixNano: 0n, observedTimeUnixNano: 5n }), options)).toMatchObject({
    startNs: 5n,
    endNs: 5n,
  })
})

test('an event without attributes of its dialect is read by its name', () => {
  const body = new Map([['content', 'why?']])
  const facts = mapRecord(recordWith({ attributes: new Map([['event.name', 'gen_ai.user.message']]), body }), options)
  expect(facts).toMatchObject({ kind: 'llm', statements: { query: { rank: 3, value: 'why?' } } })
})
