import { expect, test } from 'vitest'
import { drawnBits, isTrustedId, strongBits, trustedIdsIn } from '../../../src/settle/call-ids/trusted-id.ts'
import { call, span, tool } from '../facts.ts'

test.each([
  ['OpenAI', 'chatcmpl-CaXq9ZkT3mWv0bJr7NhUe2LsYdFiG'],
  ['OpenAI, Responses', 'resp_0a4b6c8d1e2f3a5b7c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f'],
  ['Anthropic', 'msg_01XFDUDYJgAACzvnptvVoYEL'],
  ['Anthropic on Bedrock', 'msg_bdrk_01Nt7wYvK5XoUZBzGWvFQ2bR'],
  ['Gemini', 'sbYMacqoHdTavdIPk8W1sAs'],
  ['OpenRouter', 'gen-1762345678-qZ8kT3mWv0bJr7NhUe2L'],
  ['Groq', 'chatcmpl-9f0c2d4e-7b1a-4c3d-8e5f-6a7b8c9d0e1f'],
  ['Mistral', '4f8a1c2e9b7d4650a3c1e2f40b5d6978'],
  ['a tool call of OpenAI', 'call_9fKq2ZxT7mWv0bJr3NhUe8Ls'],
  ['a tool call of Anthropic', 'toolu_01A09q90qw90lq917835lq9'],
  ['a tool call of ADK', 'adk-6f345215-7407-4403-866a-50bf512e5258'],
  ['ULID', '01J9Z3NDEKTSV4RRFFQ69G5FAV'],
])('an id of %s is enough: %s', (_, id) => {
  expect(isTrustedId(id)).toBe(true)
  expect(drawnBits(id)).toBeGreaterThanOrEqual(strongBits)
})

test.each(['resp_bg1-8b683948', 'gen-1700000000-abc-d7ed6b4f', 'c1-bb2ba47a', 'D681PevKs', 'req-47193625'])(
  'an id with few drawn characters is trusted with other evidence: %s',
  (id) => {
    expect(isTrustedId(id)).toBe(true)
    expect(drawnBits(id)).toBeLessThan(strongBits)
  },
)

test.each([
  ['a number from 0 to 999', 'chatcmpl-123'],
  ['a name with a number', 'call_weather_0'],
  ['a word with a number', 'call_triptrip00'],
  ['words and a number', 'chatcmpl-trip-001'],
  ['a word that is long', 'resp_background-001'],
  ['a name', 'get_weather'],
  ['a name in camel case', 'getWeatherForecast'],
  ['a time', 'run_shell_command__run_shell_command_1795476124671_0'],
  ['a date', 'req-20261124'],
  ['a counter', 'req-00000042'],
  ['a place in a conversation', '9f86d081884c7d65:0'],
  ['a UUID written by hand', '00000000-0000-4000-8000-000000000001'],
  ['nothing', ''],
])('an id of %s is not trusted: %s', (_, id) => {
  expect(isTrustedId(id)).toBe(false)
})

test('the ids of a span are those of its call, its tool run and of results that are new', () => {
  const [one, other, third] = ['c1-bb2ba47a', 'c2-cc3cb58b', 'c3-dd4dc69c']
  const answer = { name: null, output: null, failed: false }
  const answers = [
    { callId: one!, ...answer, earlier: true as const },
    { callId: other!, ...answer, repeated: true as const },
    { callId: third!, ...answer },
  ]
  expect(trustedIdsIn(call(1, 0, { responseId: 'r-ee5ed70d' }, { answers }), new Set())).toEqual(['r-ee5ed70d', third])
  expect(trustedIdsIn(call(1, 0, { responseId: 'r-ee5ed70d' }, { answers }), new Set([third!]))).toEqual(['r-ee5ed70d'])
  expect(trustedIdsIn(call(1, 0, { responseId: 'r-ee5ed70d', role: 'own' }), new Set())).toEqual([])
  expect(trustedIdsIn(span(1, 0, { kind: 'tool', tool: tool({ callId: one! }) }), new Set())).toEqual([one])
})
