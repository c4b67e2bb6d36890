import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AnyValue, LogRecord, Span, SpanEvent } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { dialects } from '../../../src/map/lookup/dialects.ts'
import { mapRecord } from '../../../src/map/record.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, recordWith, spanWith } from '../make.ts'

// keys that mean something make the interesting spans; their values may be anything
const known = dialects.flatMap((dialect) => [
  ...Object.values(dialect.fields)
    .flat()
    .filter((source) => typeof source === 'string'),
  ...(dialect.messages?.input ?? []).filter((source) => typeof source === 'string'),
  ...(dialect.messages?.output ?? []).filter((source) => typeof source === 'string'),
  'step.type',
  'gen_ai.operation.name',
  'gen_ai.prompt.0.content',
  `gen_ai.prompt.1${'.x'.repeat(5_000)}`,
])
const nasty = fc.constantFrom(
  'a\0b',
  '\ud800',
  '\udc00x',
  '😀'.repeat(200),
  '\u0001\n"\\'.repeat(3_000),
  '{"a":"\\u0000\\ud800"}',
  '['.repeat(10_000),
  `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`,
  '[{"role":"user","parts":[{"type":"text","content":"\\ud83d"}]}]',
  '[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\\"x\\":1e999}"}}]}]',
  '[{"type":"function_call_output","call_id":"\\u0000","output":[{"text":"x"}]}]',
  '"\\"quoted\\""',
  'llm',
  'tool',
  'chat',
  'execute_tool',
  'error',
)
const text = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ maxLength: 20 }))
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Infinity, -0, 2 ** 53, 1e300))
const anyValue: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    number,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 50 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.oneof(text, fc.constant('__proto__')), tie('value')), { maxLength: 5 })
      .map((pairs) => new Map(pairs)),
  ),
})).value
const attributes = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...known), text), anyValue), { maxLength: 20 })
  .map((pairs) => new Map(pairs))
const time = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(0n, 2n ** 64n - 1n))
const name = fc.oneof(
  text,
  fc.constantFrom('gen_ai.choice', 'gen_ai.user.message', 'gen_ai.tool.message', 'exception', ''),
)
const event: fc.Arbitrary<SpanEvent> = fc.record({
  timeUnixNano: time,
  name,
  attributes,
  droppedAttributesCount: fc.constant(0),
})
const span: fc.Arbitrary<Span> = fc
  .record({
    attributes,
    name: fc.oneof(name, fc.constantFrom('chat x', 'invoke_agent y', 'embeddings z')),
    kind: fc.integer({ min: -1, max: 99 }),
    flags: fc.constantFrom(0, 0x101, 0x301, 0xffffffff),
    parentSpanId: fc.constantFrom('', '00f067aa0ba902b7'),
    startTimeUnixNano: time,
    endTimeUnixNano: time,
    status: fc.record({ code: fc.integer({ min: 0, max: 7 }), message: text }),
    events: fc.array(event, { maxLength: 4 }),
    resource: fc.record({ attributes, schemaUrl: text }),
    scope: fc.record({ name: text, version: text, attributes, schemaUrl: text }),
  })
  .map((other) => spanWith({}, other))
const record: fc.Arbitrary<LogRecord> = fc
  .record({
    attributes,
    body: anyValue,
    eventName: fc.oneof(name, fc.constant('gen_ai.client.inference.operation.details')),
    timeUnixNano: time,
    observedTimeUnixNano: time,
    traceId: fc.constantFrom('', '0af7651916cd43dd8448eb211c80319c'),
    spanId: fc.constantFrom('', 'b7ad6b7169203331'),
  })
  .map((other) => recordWith(other))

test('every span and record gives Facts that fit their columns, the same each time', () => {
  fc.assert(
    fc.property(span, record, (one, other) => {
      for (const map of [() => mapSpan(one, options), () => mapRecord(other, options)]) {
        const facts = map()
        expect(map()).toEqual(facts)
        expectFit(withTexts(facts))
        expect(withTexts(map())).toEqual(withTexts(facts))
      }
    }),
    { numRuns: 400 },
  )
})

test('very deep values and JSON texts are mapped', () => {
  let deep: AnyValue = 'end'
  for (let depth = 0; depth < 20_000; depth++) deep = depth % 2 === 0 ? [deep] : new Map([['a', deep]])
  const json = `${'{"a":['.repeat(5_000)}${']}'.repeat(5_000)}`
  for (const value of [deep, json, `{"x":${json}}`]) {
    const tool = { 'step.type': 'tool', tool_name: 'f', tool_args: value, tool_result: value }
    expectFit(withTexts(mapSpan(spanWith(tool), options)))
    expectFit(
      withTexts(mapSpan(spanWith({ 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': value }), options)),
    )
  }
})

/** The same facts with the texts of their events, which are written when they are read. */
function withTexts(facts: Facts): Facts {
  const events = facts.events.map(({ type, message, payload, timeNs }) => ({ type, message, payload, timeNs }))
  return { ...facts, events }
}

function expectFit(facts: Facts): void {
  for (const said of stringsOf(facts)) expect(said.isWellFormed() && !said.includes('\0')).toBe(true)
  for (const id of [facts.workflowId, facts.agent, facts.name, facts.service, facts.tool?.name, facts.tool?.callId]) {
    expect(id?.length ?? 0).toBeLessThanOrEqual(255)
  }
  for (const ranked of [facts.statements.user, facts.statements.session]) {
    expect(ranked?.value.length ?? 0).toBeLessThanOrEqual(255)
    expect(['', 'none', 'unknown', 'default', 'undefined', 'null', '<nil>']).not.toContain(ranked?.value.toLowerCase())
  }
  expect(facts.statements.mode?.length ?? 0).toBeLessThanOrEqual(50)
  expect(facts.statements.complexity ?? 0).toBeLessThanOrEqual(1)
  expect(facts.startNs >= 0n && facts.startNs <= facts.endNs && facts.endNs < 2n ** 63n).toBe(true)
  if (facts.usage !== null) expectCounts(facts.usage)
  const texts = [facts.tool?.input, ...facts.asks.map((ask) => ask.input)].filter((json) => json != null)
  for (const json of texts) expectJsonb(json, 65_536)
  for (const { payload, type, message, timeNs } of facts.events) {
    expectJsonb(payload, 16_384)
    expect(type.length > 0 && type.length <= 100 && message.length <= 1_000).toBe(true)
    expect(timeNs >= 0n && timeNs < 2n ** 63n).toBe(true)
  }
  expect(facts.events.map(({ timeNs }) => timeNs)).toEqual(facts.events.map(({ timeNs }) => timeNs).sort(compare))
}

function expectCounts(usage: NonNullable<Facts['usage']>): void {
  for (const count of [usage.prompt, usage.completion, usage.cacheRead, usage.cacheWrite, usage.reasoning]) {
    if (count !== null) expect(Number.isInteger(count) && count >= 0 && count <= 2_147_483_647).toBe(true)
  }
  expect(usage.model?.length ?? 0).toBeLessThanOrEqual(255)
  expect(usage.provider?.length ?? 0).toBeLessThanOrEqual(50)
  const cost = usage.statedCostNano
  if (cost !== null) expect(Number.isInteger(cost) && cost >= 0 && cost <= 9_999_999_999_000).toBe(true)
}

function expectJsonb(json: string, limit: number): void {
  expect(json.length).toBeLessThanOrEqual(limit)
  // what jsonb refuses although it is JSON: NUL and lone surrogates behind an escape
  for (const said of stringsOf(JSON.parse(json))) expect(said.isWellFormed() && !said.includes('\0')).toBe(true)
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsOf(inner)])
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
