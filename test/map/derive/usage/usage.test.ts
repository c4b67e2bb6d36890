import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../../src/decode/span.ts'
import { asProvider } from '../../../../src/map/derive/usage/usage.ts'
import { mapSpan } from '../../../../src/map/span.ts'
import { options, spanWith } from '../../make.ts'

const usageIn = (attributes: Record<string, AnyValue>) => mapSpan(spanWith(attributes), options).usage
const call = { 'step.type': 'llm', prompt_tokens: 7, completion_tokens: 3 }

describe('asProvider', () => {
  test.each([
    ['OpenAI', 'openai'],
    ['openai.responses', 'openai'],
    ['aws.bedrock', 'aws.bedrock'],
    ['gcp.gemini', 'gcp.gemini'],
    ['azure.ai.inference', 'azure.ai.inference'],
    ['x'.repeat(60), 'x'.repeat(50)],
    ['langgenius/openai/openai', 'openai'],
    ['Google_GenAI', 'gcp.gemini'],
    ['google', 'gcp.gemini'],
    ['gemini', 'gcp.gemini'],
    ['google.generative-ai', 'gcp.gemini'],
    ['mistralai', 'mistral_ai'],
    ['mistral.chat', 'mistral_ai'],
    ['azure', 'azure.ai.openai'],
    ['az.ai.openai', 'azure.ai.openai'],
    ['az.ai.inference', 'azure.ai.inference'],
    ['watsonx', 'ibm.watsonx.ai'],
    ['amazon-bedrock', 'aws.bedrock'],
    ['xai.chat', 'x_ai'],
  ])('reads %s as %s', (stated, provider) => expect(asProvider(stated)).toBe(provider))

  test.each(['langchain', 'CrewAI', 'gcp.vertex.agent', 'none', '_OTHER', ''])('knows no provider %o', (stated) => {
    expect(asProvider(stated)).toBeNull()
  })

  test('gives the same answer from its cache', () => {
    expect([asProvider('Mistral'), asProvider('Mistral')]).toEqual(['mistral_ai', 'mistral_ai'])
  })
})

describe('a provider that repeats', () => {
  const providerIn = (provider: string, scope: string, service: string) => {
    const resource = { attributes: new Map([['service.name', service]]), schemaUrl: '' }
    const named = { name: scope, version: '', attributes: new Map(), schemaUrl: '' }
    return mapSpan(spanWith({ ...call, provider }, { resource, scope: named }), options).usage?.provider
  }
  test('the name of the service or the scope is none', () => {
    expect(providerIn('Rec-Strands', 'strands', 'rec-strands')).toBeNull()
    expect(providerIn('rec.strands', 'strands', 'rec.strands')).toBeNull()
    expect(providerIn('my-agent', 'my-agent', 'shop')).toBeNull()
    expect(providerIn('acme', 'acme.client', 'acme-shop')).toBe('acme')
  })
  test('a service that is named after a known provider is that provider', () => {
    expect(providerIn('openai', 'openai', 'openai')).toBe('openai')
    expect(providerIn('mistral', 'x', 'mistral')).toBe('mistral_ai')
  })
})

test('a span without a counter has no usage, one with 0 has', () => {
  expect(usageIn({ 'step.type': 'llm', model: 'm' })).toBeNull()
  expect(usageIn({ 'step.type': 'llm', prompt_tokens: 'none' })).toBeNull()
  expect(usageIn({ 'step.type': 'llm', prompt_tokens: 0 })).toMatchObject({ prompt: 0, completion: 0 })
})

test('the role follows from the kind', () => {
  expect(usageIn(call)?.role).toBe('call')
  expect(usageIn({ ...call, 'step.type': 'agent' })?.role).toBe('aggregate')
})

test('the class follows from the kind', () => {
  expect(['llm', 'embedding', 'rerank'].map((kind) => usageIn({ ...call, 'step.type': kind })?.class)).toEqual([
    'chat',
    'embedding',
    'rerank',
  ])
})

test('counters that are not stated are null, and all are limited to INTEGER', () => {
  expect(usageIn(call)).toMatchObject({ cacheRead: null, cacheWrite: null, reasoning: null })
  const huge = { ...call, prompt_tokens: 5_000_000_000, cached_tokens: 4_000_000_000 }
  expect(usageIn(huge)).toMatchObject({ prompt: 2_147_483_647, cacheRead: 2_147_483_647 })
})

test.each([
  [0.0123, 12_300_000],
  ['0.5', 500_000_000],
  [0, 0],
  [-1, null],
  [1e9, 9_999_999_999_000],
])('a stated cost of %s dollars is %s nano-dollars', (dollars, nano) => {
  expect(usageIn({ ...call, cost_usd: dollars })?.statedCostNano).toBe(nano)
})
