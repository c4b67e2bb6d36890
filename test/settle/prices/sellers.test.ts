import { expect, test } from 'vitest'
import { bedrockModel, isFree } from '../../../src/settle/prices/sellers.ts'

test.each([
  ['us.anthropic.claude-sonnet-4-20250514-v1:0', 'us.anthropic.claude-sonnet-4-20250514-v1:0'],
  ['anthropic.claude-3-haiku-20240307-v1:0', 'anthropic.claude-3-haiku-20240307-v1:0'],
  ['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', 'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0', 'eu.amazon.nova-pro-v1:0'],
  ['bedrock/converse/us.meta.llama3-3-70b-instruct-v1:0', 'us.meta.llama3-3-70b-instruct-v1:0'],
  ['claude-sonnet-4-5', null],
  ['gpt-4.1', null],
  ['openai/gpt-4o', null],
])('bedrockModel of %s', (model, expected) => expect(bedrockModel(model)).toBe(expected))

test('a variant that ends in :free is free', () => {
  expect(isFree('deepseek/deepseek-r1:free')).toBe(true)
  expect(isFree('free-model')).toBe(false)
})
