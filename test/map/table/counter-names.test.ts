import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

/** The spellings of the words of a counter's name. */
const styles: readonly ((words: readonly string[]) => string)[] = [
  (words) => words.join('_'),
  (words) => words.join('.'),
  ([first, ...rest]) => first! + rest.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(''),
]

const names = {
  cacheRead: [
    ['cached', 'tokens'],
    ['cached', 'input', 'tokens'],
    ['cached', 'prompt', 'tokens'],
    ['prompt', 'tokens', 'details', 'cached', 'tokens'],
    ['input', 'token', 'details', 'cache', 'read'],
    ['cache', 'read', 'input', 'tokens'],
    ['cache', 'read', 'token', 'count'],
    ['prompt', 'cache', 'hit', 'tokens'],
    ['number', 'cached', 'tokens'],
  ],
  cacheWrite: [
    ['cache', 'creation', 'tokens'],
    ['cache', 'creation', 'input', 'tokens'],
    ['cache', 'write', 'token', 'count'],
    ['input', 'token', 'details', 'cache', 'creation'],
  ],
  reasoning: [
    ['reasoning', 'tokens'],
    ['thoughts', 'token', 'count'],
    ['thinking', 'tokens'],
    ['output', 'tokens', 'details', 'reasoning', 'tokens'],
    ['completion', 'reasoning', 'tokens'],
  ],
} as const

/** Prompt and completion of dialects that are known, with the prefix that their parts have. */
const known = [
  { prefix: 'gen_ai.usage.', prompt: 'gen_ai.usage.input_tokens', completion: 'gen_ai.usage.output_tokens' },
  { prefix: '', prompt: 'prompt_tokens', completion: 'completion_tokens' },
  { prefix: 'usage_', prompt: 'prompt.tokens', completion: 'completion.tokens' },
] as const

function usageWith(attributes: Record<string, number>) {
  return mapSpan(spanWith({ 'gen_ai.request.model': 'm-1', ...attributes }), options).usage!
}

const cases = fc.record({
  part: fc.constantFrom('cacheRead', 'cacheWrite', 'reasoning'),
  name: fc.nat(),
  style: fc.constantFrom(...styles),
  counters: fc.constantFrom(...known),
  count: fc.integer({ min: 1, max: 100_000 }),
  rest: fc.nat(100_000),
})

test('a counter whose name says what it counts is that part of the counter beside it, and priced so once', () => {
  fc.assert(
    fc.property(cases, ({ part, name, style, counters, count, rest }) => {
      const words = names[part][name % names[part].length]!
      const whole = count + rest
      const usage = usageWith({
        [counters.prompt]: whole,
        [counters.completion]: whole,
        [counters.prefix + style(words)]: count,
      })
      const none = { cacheRead: null, cacheWrite: null, reasoning: null }
      expect(usage).toMatchObject({ ...none, [part]: count, prompt: whole, completion: whole })
    }),
  )
})

test('a part is counted once, however many names it has, and the own name of the dialect goes first', () => {
  const counters = { 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 10 }
  const others = { 'gen_ai.usage.cachedPromptTokens': 40, 'gen_ai.usage.prompt_cache_hit_tokens': 40 }
  expect(usageWith({ ...counters, ...others })).toMatchObject({ prompt: 100, cacheRead: 40 })
  expect(usageWith({ ...others, ...counters, 'gen_ai.usage.cached_tokens': 30 })).toMatchObject({ cacheRead: 30 })
  expect(usageWith({ ...others, ...counters, 'gen_ai.usage.cached_tokens': 0 })).toMatchObject({ cacheRead: 0 })
})

test('the same part is read whatever the order of the attributes', () => {
  const counters = { prompt_tokens: 100, completion_tokens: 10 }
  const read = (...keys: readonly string[]) =>
    usageWith({ ...counters, ...Object.fromEntries(keys.map((key) => [key, key.length])) }).cacheRead
  const keys = ['cachedPromptTokens', 'prompt_cache_hit_tokens']
  expect(read(...keys)).toBe(read(...[...keys].reverse()))
})

test.each([
  ['larger than the counter beside it', { 'gen_ai.usage.prompt_cache_hit_tokens': 101 }],
  ['of another prefix', { 'acme.cached_tokens': 40 }],
  ['with a word of something else', { 'gen_ai.usage.cached_audio_tokens': 40 }],
  ['that says the opposite', { 'gen_ai.usage.uncachedTokens': 40, 'gen_ai.usage.inputTokens.noCacheTokens': 40 }],
  ['of read and written tokens together', { 'gen_ai.usage.cache_tokens': 40 }],
  ['of the output', { 'gen_ai.usage.cached_output_tokens': 5 }],
])('a name is no cached part: %s', (_, attributes) => {
  const usage = usageWith({ 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 10, ...attributes })
  expect(usage).toMatchObject({ prompt: 100, cacheRead: null, cacheWrite: null, reasoning: null })
})

test('a part that no counter includes is none', () => {
  expect(
    usageWith({ 'gen_ai.usage.total_tokens': 100, 'gen_ai.usage.prompt_cache_hit_tokens': 40 }).cacheRead,
  ).toBeNull()
})
