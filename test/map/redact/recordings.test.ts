import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode } from '../../../src/decode/decode.ts'
import { canonicalDigest } from '../../../src/decode/digest.ts'
import type { AnyValue, Attributes, LogRecord, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapRecord } from '../../../src/map/record.ts'
import { patternNames } from '../../../src/map/redact/patterns.ts'
import { openRedaction } from '../../../src/map/redact/redactor.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { parseJson } from '../../../src/map/values/json.ts'
import { recordingNames, requestsOf } from '../../support/recordings.ts'
import { anySecret } from '../../support/secrets.ts'

/** Secrets that are the same in each run. */
const planted = fc.sample(anySecret, { numRuns: 400, seed: 17 })
let next = 0
const plant = () => planted[next++ % planted.length]!

/** Puts a secret behind each text of several words, inside of JSON as well: those of people, models and tools. */
function seeded(value: AnyValue): AnyValue {
  if (typeof value === 'string') return seededText(value)
  if (value instanceof Map) return new Map([...value].map(([key, part]) => [key, seeded(part)]))
  return Array.isArray(value) ? value.map(seeded) : value
}

function seededText(text: string): string {
  const parsed = parseJson(text)
  if (parsed !== undefined && typeof parsed === 'object') {
    const inside = (_: string, part: unknown) => (typeof part === 'string' ? seededText(part) : part)
    return JSON.stringify(JSON.parse(text, inside))
  }
  return / \S+ /.test(text) ? `${text} ${plant()}` : text
}

function seededSpan(span: Span): Span {
  const events = span.events.map((event) => ({ ...event, attributes: seeded(event.attributes) as Attributes }))
  const status = { ...span.status, message: span.status.message && `${span.status.message} ${plant()}` }
  return { ...span, name: `${span.name}`, status, events, attributes: seeded(span.attributes) as Attributes }
}

function seededRecord(record: LogRecord): LogRecord {
  return { ...record, body: seeded(record.body), attributes: seeded(record.attributes) as Attributes }
}

/** What a database may hold of facts. */
function storedText(facts: Facts): string {
  const events = facts.events.map(({ type, message, payload }) => ({ type, message, payload }))
  return JSON.stringify({ ...facts, events }, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

/** Ids that are made of arguments are redacted like these. */
const idOf = (callId: string | null) => (callId?.includes(' ') ? 'made' : callId)

/** What decides which rows there are and what they add up to. */
function identityOf({ statements, tool, asks, answers, events, error, ...rest }: Facts): object {
  const { query, result, ...ids } = statements
  return {
    ...rest,
    ids,
    texts: [query?.rank, result?.rank, error === null],
    tool: tool && {
      ...tool,
      callId: idOf(tool.callId),
      input: tool.input === null,
      output: tool.output === null,
      error: tool.error === null,
    },
    asks: asks.map(({ input, callId, ...ask }) => ({ ...ask, callId: idOf(callId), hasInput: input !== null })),
    answers: answers.map(({ output, callId, ...answer }) => ({
      ...answer,
      callId: idOf(callId),
      hasOutput: output !== null,
    })),
    events: events.map(({ type, timeNs }) => [type, timeNs]),
  }
}

const options = { digest: canonicalDigest }
const redaction = openRedaction({ patterns: patternNames, custom: [], blockedKeys: [], hashKey: null })

function mapped(redacting: typeof redaction | undefined, { spans, records }: Seeded): Facts[] {
  const how = { ...options, redaction: redacting }
  return [...spans.map((span) => mapSpan(span, how)), ...records.map((record) => mapRecord(record, how))]
}

interface Seeded {
  readonly spans: readonly Span[]
  readonly records: readonly LogRecord[]
}

test.each(recordingNames(''))('%s: no planted secret is in any fact, and nothing but texts differs', (recording) => {
  const decoded = requestsOf(recording).map(({ signal, format, body }) => decode(signal, format, body))
  const items = {
    spans: decoded.flatMap(({ spans }) => spans.map(seededSpan)),
    records: decoded.flatMap(({ records }) => records.map(seededRecord)),
  }
  const [plain, redacted] = [mapped(undefined, items), mapped(redaction, items)]
  const found = (facts: readonly Facts[]) => {
    const text = facts.map(storedText).join('\n')
    return planted.filter((secret) => text.includes(JSON.stringify(secret.replace(/^Bearer /, '')).slice(1, -1)))
  }
  expect(found(redacted)).toEqual([])
  expect(redacted.map(identityOf)).toEqual(plain.map(identityOf))
})

test('secrets were planted, and would be stored', () => {
  expect(next).toBeGreaterThan(1_000)
})

test('without secrets, what is stored is the same with redaction', () => {
  let differing = 0
  for (const recording of recordingNames('')) {
    const decoded = requestsOf(recording).map(({ signal, format, body }) => decode(signal, format, body))
    const items = {
      spans: decoded.flatMap(({ spans }) => spans),
      records: decoded.flatMap(({ records }) => records),
    }
    const [plain, redacted] = [mapped(undefined, items), mapped(redaction, items)]
    redacted.forEach((facts, i) => {
      const text = storedText(facts)
      if (/\[(?:email|card|iban|key|jwt|bearer|pem)(?::[0-9a-f]{4})?\]/.test(text)) differing++
      else expect(text).toBe(storedText(plain[i]!))
    })
  }
  expect(differing).toBeLessThan(400)
})
