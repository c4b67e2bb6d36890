import { largestBigint } from '../../src/columns.ts'
import { decode } from '../../src/decode/decode.ts'
import type { AnyValue, Attributes, LogRecord, Span } from '../../src/decode/span.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'

/** What one request of a recording holds. */
export interface Items {
  readonly spans: readonly Span[]
  readonly records: readonly LogRecord[]
}

type Random = () => number

/** What mutations take from: all items of the recordings, and all names and values of their attributes. */
export interface Corpus {
  /** By recording, in the order in which they came. */
  readonly recordings: readonly Items[]
  readonly names: readonly string[]
  readonly values: readonly AnyValue[]
}

/** Reads all recordings. */
export function readCorpus(): Corpus {
  const recordings = recordingNames().map((name) => {
    const decoded = requestsOf(name).map(({ signal, format, body }) => decode(signal, format, body))
    return { spans: decoded.flatMap(({ spans }) => spans), records: decoded.flatMap(({ records }) => records) }
  })
  const attributes = recordings.flatMap(({ spans, records }) => [
    ...[...spans, ...records].map((item) => item.attributes),
    ...spans.flatMap(({ events }) => events.map((event) => event.attributes)),
  ])
  const values = attributes.flatMap((each) => [...each.values()])
  return { recordings, names: [...new Set(attributes.flatMap((each) => [...each.keys()]))], values }
}

/** Values that OTLP allows and that no sender means. */
const oddValues: readonly AnyValue[] = [
  ...[
    null,
    true,
    false,
    '',
    ' ',
    '0',
    '-1',
    '1e999',
    'NaN',
    ' 12 ',
    'null',
    '{}',
    '[]',
    '[[',
    '"',
    '\ud800',
    'a\u0000b',
  ],
  ...[0, -0, -1, 0.5, 1e-9, 1e308, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[2n ** 63n - 1n, -(2n ** 63n), new Uint8Array([0, 255]), new Map(), new Map([['__proto__', new Map()]])],
  ...[
    [],
    [null],
    [[[]]],
    ['a', 1, null, new Map([['role', 7]])],
    'x'.repeat(70_000),
    '[{"role":"user","content":[null]}]',
  ],
  ...['{"role":null,"parts":[{"type":"tool_call","id":7}]}', '[{"id":{},"function":{"arguments":[]}}]'],
]

/** The index of one of so many. */
function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

/** One of these, which are not none. */
function oneOf<T>(random: Random, all: readonly T[]): T {
  return all[below(random, all.length)]!
}

/** Some neighbouring items of one or two recordings, most of them changed. */
export function mutatedItems(corpus: Corpus, random: Random): Items {
  const chosen = Array.from({ length: 1 + below(random, 2) }, () => oneOf(random, corpus.recordings))
  const some = <T>(all: readonly T[]) => {
    const from = below(random, all.length)
    return all.slice(from, from + 25)
  }
  const spans = chosen.flatMap((items) => some(items.spans))
  return {
    spans: spans.map((span) => (random() < 0.3 ? span : mutatedSpan(span, spans, corpus, random))),
    records: chosen
      .flatMap((items) => some(items.records))
      .map((record) => ({
        ...record,
        attributes: mutatedAttributes(record.attributes, corpus, random),
        body: random() < 0.3 ? oddOrSeen(corpus, random) : record.body,
        eventName: random() < 0.1 ? '' : record.eventName,
      })),
  }
}

function mutatedSpan(span: Span, neighbours: readonly Span[], corpus: Corpus, random: Random): Span {
  const other = oneOf(random, neighbours)
  const changes: readonly (() => Partial<Span>)[] = [
    () => ({ attributes: mutatedAttributes(span.attributes, corpus, random) }),
    () => ({ attributes: new Map([...span.attributes, ...other.attributes]) }),
    () => ({ scope: other.scope, resource: other.resource }),
    () => ({ name: oneOf(random, ['', other.name, 'chat', 'execute_tool x', 'x'.repeat(3_000)]) }),
    () => ({ kind: below(random, 6), status: { code: below(random, 4), message: oneOf(random, ['', 'a\u0000b']) } }),
    () => ({ parentSpanId: oneOf(random, ['', other.spanId, span.spanId]) }),
    () => ({ startTimeUnixNano: oneOf(random, [0n, other.endTimeUnixNano, 2n ** 63n - 1n]) }),
    () => ({ endTimeUnixNano: oneOf(random, [0n, other.startTimeUnixNano, span.startTimeUnixNano, 2n ** 63n - 1n]) }),
    () => ({
      events: [...span.events, ...other.events].map((event) => ({
        ...event,
        attributes: mutatedAttributes(event.attributes, corpus, random),
      })),
    }),
  ]
  return { ...span, ...oneOf(random, changes)(), ...oneOf(random, changes)() }
}

function oddOrSeen({ values }: Corpus, random: Random): AnyValue {
  return oneOf(random, random() < 0.5 ? oddValues : values)
}

/** Attributes of which some are replaced, renamed, left out, or new under the name of another dialect. */
function mutatedAttributes(attributes: Attributes, corpus: Corpus, random: Random): Attributes {
  const changed = new Map(attributes)
  const names = [...attributes.keys()]
  for (let change = below(random, 4); change >= 0; change--) {
    const name = oneOf(random, names.length > 0 ? names : corpus.names)
    const pick = below(random, 4)
    if (pick === 0) changed.set(name, oddOrSeen(corpus, random))
    else if (pick === 1) changed.set(oneOf(random, corpus.names), oddOrSeen(corpus, random))
    else if (pick === 2) changed.delete(name)
    else changed.set(oneOf(random, corpus.names), attributes.get(name) ?? null)
  }
  return changed
}

/**
 * Facts of which some have what others say, in whole groups, so that each stays what a mapper could return. Versions of one
 * id differ in their digest, as content that differs has.
 */
export function mutatedFacts(facts: readonly Facts[], random: Random): Facts[] {
  return facts.map((one, index) => {
    if (random() < 0.5) return one
    const other = oneOf(random, facts)
    const isAlike = other.source === one.source
    const changes: readonly (() => Partial<Facts>)[] = [
      () => ({ parent: oneOf(random, ['', other.source === 'span' ? other.id : '', one.parent]) }),
      () => (isAlike ? { id: other.id, trace: other.trace } : {}),
      () => ({ trace: other.trace }),
      () => (isAlike ? reportOf(other) : {}),
      () => ({ asks: other.asks, answers: other.answers }),
      () => ({ workflowId: other.workflowId, agent: other.agent, statements: other.statements }),
      () => ({ outcome: other.outcome, error: other.error, endsWell: other.endsWell, run: other.run }),
      () => ({ origin: other.origin, service: other.service, remoteParent: !one.remoteParent }),
      () => (one.source === 'span' ? { open: true, endNs: one.startNs } : {}),
      () => ({
        endNs: one.startNs + min(BigInt(below(random, 5)) * 1_000_000_000n, largestBigint - one.startNs),
        open: false,
      }),
    ]
    const digest = index.toString(16).padStart(8, '0') + one.digest.slice(8)
    return { ...one, ...oneOf(random, changes)(), ...oneOf(random, changes)(), digest }
  })
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** What facts report, which belongs together: a tool run is only of a span whose kind says so. */
function reportOf({ kind, tool, usage, unknownUsage, events, spanKind, dialect }: Facts): Partial<Facts> {
  return { kind, tool, usage, unknownUsage, events, spanKind, dialect }
}
