import { expect, test } from 'vitest'
import { mapper } from './scoped.ts'

const map = mapper('trulens.core.otel.instrument')
const generation = {
  'ai.observability.span_type': 'generation',
  'ai.observability.cost.model': 'gpt-4o-mini',
  'ai.observability.cost.num_prompt_tokens': 1000,
  'ai.observability.cost.num_completion_tokens': 200,
  'ai.observability.cost.cost': 0.00035,
}

test('a generation is a call with its cost in dollars', () => {
  expect(map('generate', { ...generation, 'ai.observability.cost.currency': 'USD' }).usage).toMatchObject({
    role: 'call',
    prompt: 1000,
    completion: 200,
    model: 'gpt-4o-mini',
    statedCostNano: 350_000,
  })
})

test('a cost in another currency is not taken for dollars', () => {
  const { usage } = map('generate', { ...generation, 'ai.observability.cost.currency': 'EUR' })
  expect(usage?.statedCostNano).toBeNull()
})

test('the record root says what was asked and answered', () => {
  const facts = map('record_root', {
    'ai.observability.span_type': 'record_root',
    'ai.observability.record_root.input': 'why?',
    'ai.observability.record_root.output': 'so.',
  })
  expect(facts.kind).toBe('workflow')
  expect(facts.statements).toMatchObject({ query: { value: 'why?' }, result: { value: 'so.' } })
})
