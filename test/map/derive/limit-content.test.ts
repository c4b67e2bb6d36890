import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import { argumentFingerprint } from '../../../src/map/facts/argument-fingerprint.ts'
import { defaultLimits } from '../../../src/map/facts/column-limits.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanEvent, spanWith } from '../make.ts'

function factsOf(content: number, attributes: Record<string, AnyValue>, other: Partial<Span> = {}): Facts {
  return mapSpan(spanWith(attributes, other), { ...options, limits: { ...defaultLimits, content } })
}

function attributesIn({ events }: Facts): unknown {
  return JSON.parse(events[0]!.payload).attributes
}

const said = 'x'.repeat(100)
const cut = `${'x'.repeat(63)}…`
const tool = { tool_name: 'search', tool_args: JSON.stringify({ q: said }), tool_result: said }

test('a text is cut and marked, in the row and in its events', () => {
  const facts = factsOf(64, { ...tool, 'my.prompt': said, 'my.list': ['short'], 'my.number': 12345 })
  expect(facts.tool).toMatchObject({ output: cut, success: true })
  expect(JSON.parse(facts.tool!.input!).q).toMatch(/^x{1,60}…$/)
  expect(facts.events[1]!.message).toBe(`search: ${cut}`)
  expect(attributesIn(facts)).toEqual({
    tool_name: 'search',
    tool_args: `${tool.tool_args.slice(0, 63)}…`,
    tool_result: cut,
    'my.prompt': cut,
    'my.list': ['short'],
    'my.number': 12345,
  })
})

test('with a limit of 0, texts are emptied, and payloads have only attributes that are no content', () => {
  const facts = factsOf(0, { ...tool, 'my.prompt': said, 'my.list': ['short'], 'my.number': 12345, user_id: 'ada' })
  expect(facts.tool).toMatchObject({ name: 'search', input: '""', output: '', success: true })
  expect(facts.events.map(({ message }) => message)).toEqual(['search ""', 'search completed'])
  expect(attributesIn(facts)).toEqual({ tool_name: 'search', 'my.number': 12345, user_id: 'ada' })
})

test('the fingerprint of arguments is the same whatever is stored of them', () => {
  const [all, some, none] = [Infinity, 64, 0].map((content) => factsOf(content, tool).tool!)
  expect(all).not.toHaveProperty('likeness')
  expect(some!.likeness).toBe(argumentFingerprint(all!.input!))
  expect(none!.likeness).toBe(argumentFingerprint(all!.input!))
})

test('withheld arguments differ from no arguments', () => {
  for (const none of ['{}', new Map()]) expect(factsOf(0, { ...tool, tool_args: none }).tool!.input).toBe('{}')
  expect(factsOf(0, { tool_name: 'search' }).tool!.input).toBeNull()
})

test('the reason of a failure is no content', () => {
  const exception = spanEvent('exception', { 'exception.message': 'no backend', 'exception.stacktrace': said })
  const facts = factsOf(0, { tool_name: 'search' }, { status: { code: 2, message: '' }, events: [exception] })
  expect(facts.error).toBe('no backend')
  expect(facts.events.map(({ message }) => message)).toEqual(['search {}', 'no backend', 'search failed: no backend'])
  for (const { payload } of facts.events) expect(payload).not.toContain('xxx')
})

test('a text under an unknown key is not in the facts, however it is wrapped', () => {
  const needle = 'what must not be stored'
  const wrapped = fc.constantFrom<(text: string) => AnyValue>(
    (text) => text,
    (text) => [text],
    (text) => new Map([['content', text]]),
    (text) => JSON.stringify([{ role: 'user', content: text }]),
    (text) => Buffer.from(text),
  )
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), wrapped, fc.constantFrom('llm', 'agent', 'tool'), (key, wrap, kind) => {
      const attributes = { 'step.type': kind, [`our.${key}`]: wrap(needle), query: wrap(needle) }
      const facts = factsOf(0, attributes, { events: [spanEvent('note', { message: needle })] })
      const everything = JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? String(value) : value))
      expect(everything).not.toContain(needle)
      expect(everything).not.toContain(Buffer.from(needle).toString('base64').slice(0, 20))
    }),
  )
})
