import {
  context,
  createTraceState,
  type HrTime,
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import fc from 'fast-check'
import * as sdk1 from 'otel-trace-base-1'
import { ProtobufTraceSerializer as ProtobufTraceSerializer1 } from 'otel-transformer-1'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { decode } from '../../../src/decode/decode.ts'
import { collect } from '../../../src/decode/decode-state.ts'
import { canonicalDigest } from '../../../src/decode/digest.ts'
import { jsonRequestOf } from '../../../src/decode/json-request.ts'
import { decodeSdkRecords, decodeSdkSpans } from '../../../src/decode/sdk/sdk.ts'
import type { SdkRecord, SdkSpan } from '../../../src/decode/sdk/sdk-types.ts'
import type { Decoded } from '../../../src/decode/span.ts'
import { readablesOf } from '../../support/readable.ts'
import { recordingNames } from '../../support/recordings.ts'

const spansOfSdk = (spans: readonly SdkSpan[]): Decoded => collect((sink) => decodeSdkSpans(sink, spans))
const recordsOfSdk = (records: readonly SdkRecord[]): Decoded => collect((sink) => decodeSdkRecords(sink, records))

/** How an SDK makes spans, and how the official exporter of its line writes them. */
interface Line {
  readonly name: string
  readonly spans: (make: (tracer: Tracer) => void) => readonly SdkSpan[]
  readonly encode: (spans: readonly SdkSpan[]) => Uint8Array
  /** Its encoder lets whole numbers beyond 64 bits overflow: there is nothing right to compare with. */
  readonly overflows?: true
}

const lines: readonly Line[] = [
  {
    name: 'SDK 2',
    spans: (make) => {
      const exporter = new InMemorySpanExporter()
      const resource = resourceFromAttributes({ 'service.name': 'shop', 'process.pid': 7 })
      const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] })
      make(provider.getTracer('scope', '1.2', { schemaUrl: 'https://example.com/schema' }))
      return exporter.getFinishedSpans()
    },
    encode: (spans) => ProtobufTraceSerializer.serializeRequest(spans as unknown as ReadableSpan[])!,
  },
  {
    name: 'SDK 1.30',
    spans: (make) => {
      const exporter = new sdk1.InMemorySpanExporter()
      const provider = new sdk1.BasicTracerProvider({ spanProcessors: [new sdk1.SimpleSpanProcessor(exporter)] })
      make(provider.getTracer('scope', '1.2'))
      return exporter.getFinishedSpans()
    },
    overflows: true,
    encode: (spans) => ProtobufTraceSerializer1.serializeRequest(spans as unknown as sdk1.ReadableSpan[])!,
  },
]

const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 53 + 2, -(2 ** 62), 2 ** 63, 1e300, -0, Number.NaN, Number.POSITIVE_INFINITY),
)
const small = numbers.filter((number) => !Number.isInteger(number) || Math.abs(number) < 2 ** 63)

const values = (number: fc.Arbitrary<number>) =>
  fc.oneof(
    fc.string({ unit: 'binary' }),
    number,
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.array(number, { maxLength: 3 }),
  )
const attributesOf = (number: fc.Arbitrary<number>) =>
  fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), values(number), { maxKeys: 6 })
const time = fc.tuple(fc.integer({ min: 1, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999_999 }))
const sketches = (number: fc.Arbitrary<number>) => {
  const attributes = attributesOf(number)
  const sketch = fc.record({
    name: fc.string(),
    kind: fc.integer({ min: 0, max: 4 }),
    start: time,
    tookSeconds: fc.integer({ min: 0, max: 100 }),
    attributes,
    events: fc.array(fc.record({ name: fc.string(), attributes, time }), { maxLength: 3 }),
    linked: fc.boolean(),
    remoteParent: fc.option(fc.boolean()),
    status: fc.constantFrom(undefined, { code: SpanStatusCode.OK }, { code: SpanStatusCode.ERROR, message: 'failed' }),
  })
  return fc.array(sketch, { minLength: 1, maxLength: 4 })
}
type Sketch = ReturnType<typeof sketches> extends fc.Arbitrary<(infer T)[]> ? T : never

const far = (isRemote: boolean) => ({
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  traceFlags: TraceFlags.SAMPLED,
  isRemote,
  traceState: createTraceState('vendor=1,other=2'),
})

function start(tracer: Tracer, made: Sketch): void {
  const parent =
    made.remoteParent === null ? ROOT_CONTEXT : trace.setSpanContext(context.active(), far(made.remoteParent))
  const links = made.linked ? [{ context: far(true), attributes: { why: 'retry' } }] : []
  const options = { kind: made.kind, startTime: made.start as HrTime, attributes: made.attributes as never, links }
  const span = tracer.startSpan(made.name, options, parent)
  for (const event of made.events) span.addEvent(event.name, event.attributes as never, event.time as HrTime)
  if (made.status !== undefined) span.setStatus(made.status)
  span.end([made.start[0] + made.tookSeconds, made.start[1]] as HrTime)
}

describe.each(lines)('$name', ({ spans: spansOf, encode, overflows }) => {
  test('its spans are decoded as if they had been sent by OTLP', () => {
    fc.assert(
      fc.property(sketches(overflows ? small : numbers), (all) => {
        const spans = spansOf((tracer) => {
          for (const made of all) start(tracer, made)
        })
        expect(spans).toHaveLength(all.length)
        expect(spansOfSdk(spans)).toEqual(decode('traces', 'protobuf', encode(spans)))
        expect(spansOfSdk(spans).spans.map(canonicalDigest)).toEqual(
          decode('traces', 'protobuf', encode(spans)).spans.map(canonicalDigest),
        )
      }),
    )
  })
})

test('E1 E24: the types of both SDKs are accepted', () => {
  expectTypeOf<ReadableSpan>().toExtend<SdkSpan>()
  expectTypeOf<sdk1.ReadableSpan>().toExtend<SdkSpan>()
  expectTypeOf<ReadableLogRecord>().toExtend<SdkRecord>()
})

test('log records are decoded as if they had been sent by OTLP', () => {
  fc.assert(
    fc.property(
      fc.record({
        body: fc.oneof(values(numbers), attributesOf(numbers)),
        attributes: attributesOf(numbers),
        time,
        eventName: fc.string(),
        inSpan: fc.boolean(),
      }),
      ({ inSpan, time: at, ...record }) => {
        const exporter = new InMemoryLogRecordExporter()
        const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
        const where = inSpan ? trace.setSpanContext(ROOT_CONTEXT, far(false)) : ROOT_CONTEXT
        const emitted = { ...record, timestamp: at as HrTime, observedTimestamp: at as HrTime, context: where }
        provider.getLogger('scope', '1').emit({ ...emitted, severityNumber: SeverityNumber.WARN } as never)
        const records = exporter.getFinishedLogRecords()
        expect(records).toHaveLength(1)
        const body = ProtobufLogsSerializer.serializeRequest(records as ReadableLogRecord[])!
        expect(recordsOfSdk(records)).toEqual(decode('logs', 'protobuf', body))
      },
    ),
  )
})

describe('recordings', () => {
  test.each(recordingNames())('%s is decoded again from the requests of its items', (recording) => {
    const { spans, records } = readablesOf(recording)
    const read = [...spansOfSdk(spans).spans, ...recordsOfSdk(records).records]
    expect(read).toHaveLength(spans.length + records.length)
    for (const item of read) {
      const signal = 'kind' in item ? 'traces' : 'logs'
      const back = decode(signal, 'json', jsonRequestOf(signal, item))
      expect([...back.spans, ...back.records].map(canonicalDigest)).toEqual([canonicalDigest(item)])
    }
  })
})

/** A span of SDK 2 with something changed. */
function spanWith(changes: Partial<SdkSpan>): SdkSpan {
  const [span] = lines[0]!.spans((tracer) => tracer.startSpan('a span', { startTime: [10, 0] }).end([12, 0]))
  const { name, kind, parentSpanContext, startTime, endTime, status, links, events, resource } = span!
  const { droppedAttributesCount, droppedEventsCount, droppedLinksCount, instrumentationScope } = span!
  const counts = { droppedAttributesCount, droppedEventsCount, droppedLinksCount }
  const rest = { attributes: span!.attributes, links, events, resource, instrumentationScope, ...counts }
  const spanContext = () => span!.spanContext()
  return { name, kind, parentSpanContext, startTime, endTime, status, spanContext, ...rest, ...changes } as SdkSpan
}

describe('E35: an attribute of any value', () => {
  const circle: Record<string, unknown> = {}
  circle.again = circle
  const cases: readonly [string, unknown, unknown][] = [
    ['a function', () => 1, null],
    ['a symbol', Symbol('s'), null],
    ['a bigint', 5n, null],
    ['undefined', undefined, null],
    ['a date', new Date(0), new Map()],
    ['bytes', new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    ['holes and mixtures', [1, undefined, 'a', null, [true]], [1, null, 'a', null, [true]]],
    [
      'an object with toJSON',
      { a: 1, toJSON: () => 'other' },
      new Map<string, unknown>([
        ['a', 1],
        ['toJSON', null],
      ]),
    ],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
  ]
  test.each(cases)('%s is read as OTLP would have it', (_, given, read) => {
    const { spans, refused } = spansOfSdk([spanWith({ attributes: { given } })])
    expect(refused).toEqual([])
    expect(spans[0]!.attributes.get('given')).toEqual(read)
  })

  test('a circle ends where values are nested too deep', () => {
    const { spans, warnings } = spansOfSdk([spanWith({ attributes: { circle } })])
    expect(spans).toHaveLength(1)
    expect(warnings).toEqual([expect.stringContaining('nested over 64 levels deep')])
  })

  test('a value that holds too much refuses only its span', () => {
    const huge = spanWith({ attributes: { huge: new Array(2_000_001).fill(1) } })
    const { spans, refused } = spansOfSdk([huge, spanWith({})])
    expect([spans.length, refused.map(({ reason }) => reason)]).toEqual([1, ['too-many-attributes']])
  })
})

describe('E2 E36: an unreadable span harms only itself', () => {
  const broken: readonly [string, Partial<SdkSpan>, string][] = [
    [
      'a getter that throws',
      {
        get attributes(): never {
          throw new Error('no')
        },
      } as never,
      'unreadable',
    ],
    [
      'a resource that throws what has no text',
      {
        get resource(): never {
          throw Object.create(null)
        },
      } as never,
      'unreadable',
    ],
    ['a status that is a bigint', { status: { code: 2n as never } }, 'unreadable'],
    ['a time that is none', { startTime: [Number.NaN, 0] }, 'unreadable'],
    ['no context', { spanContext: undefined as never }, 'unreadable'],
    ['zeros for a trace id', { spanContext: () => ({ ...far(false), traceId: '0'.repeat(32) }) }, 'invalid-trace-id'],
    ['a time before 1970', { startTime: [-5, 0] }, 'time-out-of-range'],
  ]
  test.each(broken)('%s', (_, changes, reason) => {
    const good = spanWith({})
    const bad = Object.defineProperties({ ...good }, Object.getOwnPropertyDescriptors(changes)) as SdkSpan
    const { spans, refused } = spansOfSdk([good, bad, good])
    expect([spans.map(({ index }) => index), refused.map((one) => one.reason)]).toEqual([[0, 2], [reason]])
    expect(JSON.parse(Buffer.from(refused[0]!.request.bytes()).toString()).resourceSpans).toHaveLength(1)
  })

  test('its error is not repeated, and its ids are kept', () => {
    const links = {
      map: () => {
        throw new Error('a secret')
      },
    } as never
    const [refused] = spansOfSdk([spanWith({ links })]).refused
    expect(refused!.message).not.toContain('secret')
    expect(decode('traces', 'json', refused!.request.bytes()).spans[0]!.spanId).toBe(refused!.spanId)
  })

  test.each([[null], [undefined], [{}], [42]])('%s instead of a span', (nothing) => {
    const { spans, refused } = spansOfSdk([spanWith({}), nothing as never])
    expect([spans.length, refused.length]).toEqual([1, 1])
  })
})

test('E33: times may have fractions, and are longer than a number is exact', () => {
  const { spans } = spansOfSdk([
    spanWith({ startTime: [1_790_000_000, 5.7], endTime: [1_790_000_000.9, 123_456_789.2] }),
  ])
  expect([spans[0]!.startTimeUnixNano, spans[0]!.endTimeUnixNano]).toEqual([
    1_790_000_000_000_000_005n,
    1_790_000_000_123_456_789n,
  ])
})

test('E9: the objects of the SDK are not changed', () => {
  const spans = [spanWith({ attributes: { a: [1, { b: 2 } as never] } })]
  for (const frozen of [spans, spans[0], spans[0]!.attributes, spans[0]!.attributes.a]) Object.freeze(frozen)
  expect(spansOfSdk(spans).spans).toHaveLength(1)
})
