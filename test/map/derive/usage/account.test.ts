import { expect, test } from 'vitest'
import type { AnyValue } from '../../../../src/decode/span.ts'
import { mapSpan } from '../../../../src/map/span.ts'
import { options, spanWith } from '../../make.ts'

const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 10n, 'gen_ai.usage.output_tokens': 5n }

test.each<[string, Readonly<Record<string, AnyValue>>, object | undefined]>([
  ['the id of a key', { 'api_key.id': 'key_1' }, { apiKey: 'key_1', project: null }],
  ['a project of OpenAI', { 'openai.project.id': 'proj_1' }, { apiKey: null, project: 'proj_1' }],
  ['a workspace of Anthropic', { 'anthropic.workspace_id': 'wrkspc_1' }, { apiKey: null, project: 'wrkspc_1' }],
  ['nothing', { 'project.id': 'house' }, undefined],
])('the billed account of a call: %s', (_, attributes, account) => {
  expect(mapSpan(spanWith({ ...call, ...attributes }), options).usage?.account).toEqual(account)
})

test('a LiteLLM proxy names its own key and project', () => {
  const attributes = { ...call, 'metadata.user_api_key_hash': '88dc', 'metadata.user_api_key_project_id': 'None' }
  const span = spanWith(
    { ...attributes, 'litellm.call_id': 'c' },
    { scope: { name: 'litellm', version: '', attributes: new Map(), schemaUrl: '' } },
  )
  expect(mapSpan(span, options).usage?.account).toEqual({ apiKey: '88dc', project: null })
})
