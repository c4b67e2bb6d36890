import { expect, test } from 'vitest'
import { mapSpan } from '../../../../src/map/span.ts'
import { options, spanEvent, spanWith } from '../../make.ts'

const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.provider.name': 'openai' }
const usageEvent = (input: number, output: number) =>
  spanEvent('gen_ai.client.inference.operation.details', {
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
    'gen_ai.response.model': 'gpt-4o-2024-08-06',
  })
const usageIn = (attributes: Record<string, string | number>, events: ReturnType<typeof usageEvent>[]) =>
  mapSpan(spanWith({ ...chat, ...attributes }, { events }), options).usage

test('a call whose usage is in a span event alone has it, with the model of the event', () => {
  expect(usageIn({}, [spanEvent('gen_ai.choice'), usageEvent(182, 23)])).toMatchObject({
    role: 'call',
    prompt: 182,
    completion: 23,
    provider: 'openai',
    responseModel: 'gpt-4o-2024-08-06',
  })
})

test('the last of several events counts, since a stream states its usage so far', () => {
  expect(usageIn({}, [usageEvent(182, 1), usageEvent(182, 23), spanEvent('end')])?.completion).toBe(23)
})

test('the attributes of the span go before those of its events', () => {
  const own = { 'gen_ai.usage.input_tokens': 9, 'gen_ai.usage.output_tokens': 1 }
  expect(usageIn(own, [usageEvent(182, 23)])).toMatchObject({ prompt: 9, completion: 1 })
})

test('an agent has no usage of its events: they repeat its calls', () => {
  expect(usageIn({ 'gen_ai.operation.name': 'invoke_agent' }, [usageEvent(182, 23)])).toBeNull()
})
