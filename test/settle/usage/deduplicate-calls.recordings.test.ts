import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, test } from 'vitest'
import { canonicalDigest } from '../../../src/decode/digest.ts'
import type { AnyValue, LogRecord, Scope, Span } from '../../../src/decode/span.ts'
import type { Facts, Usage } from '../../../src/map/facts/facts.ts'
import { mapRecord } from '../../../src/map/record.ts'
import { mapSpan } from '../../../src/map/span.ts'
import type { UsageRow } from '../../../src/settle/model/rows.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { createPrices } from '../../../src/settle/prices/prices.ts'
import { settle } from '../../../src/settle/settle.ts'
import { billReports } from '../../../src/settle/workflow/deduplicate-across-traces.ts'
import { withBilled } from '../../../src/settle/workflow/report-changes.ts'
import { load } from '../../map/load.ts'
import { recordWith, spanWith } from '../../map/make.ts'

const { price } = createPrices(calcPrice)
const options = { digest: canonicalDigest }
const recordings = readdirSync(new URL('../../recordings/', import.meta.url))

/** By workflow: how many calls are billed, and their sums. */
type Bill = Readonly<
  Record<string, readonly [calls: number, prompt: number, completion: number, cached: number, nanoUsd: bigint]>
>

interface Settled {
  readonly bill: Bill
  /** The facts whose usage became a row, with the model of the row. */
  readonly billed: readonly Call[]
}

interface Call {
  readonly facts: Facts
  readonly usage: Usage
}

function settled(facts: readonly Facts[]): Settled {
  const nodes = Object.entries(grouped(facts, ({ trace }) => trace)).flatMap(([id, arrived]) => {
    const trace = emptyTrace(id)
    settle(trace, arrived, price)
    return [...trace.nodes.values()]
  })
  const reports = grouped(
    nodes.flatMap(({ rows }) => rows?.report ?? []),
    ({ place }) => place.workflow,
  )
  const billed = new Map(
    Object.values(reports).flatMap((some) => billReports(some, price).map((one) => [one.report.id, one])),
  )
  const rows = nodes.flatMap(({ rows }) => (rows && withBilled(rows, billed.get(rows.report?.id ?? '')).usage) ?? [])
  const models = new Map(rows.map(({ place, model }) => [place.node, model]))
  return {
    bill: Object.fromEntries(
      Object.entries(grouped(rows, ({ place }) => place.workflow)).map(([id, own]) => [id, sumsOf(own)]),
    ),
    billed: nodes.flatMap(({ facts }) => {
      const responseModel = models.get(facts.id)
      return responseModel === undefined ? [] : { facts, usage: { ...facts.usage!, responseModel } }
    }),
  }
}

function sumsOf(rows: readonly UsageRow[]): Bill[string] {
  const sum = (pick: (row: UsageRow) => number) => rows.reduce((total, row) => total + pick(row), 0)
  const cost = rows.reduce((total, { costNano }) => total + costNano, 0n)
  return [
    rows.length,
    sum(({ prompt }) => prompt),
    sum(({ completion }) => completion),
    sum(({ cacheRead }) => cacheRead),
    cost,
  ]
}

function grouped<T>(all: readonly T[], key: (one: T) => string): Record<string, T[]> {
  const groups: Record<string, T[]> = {}
  for (const one of all) groups[key(one)] = [...(groups[key(one)] ?? []), one]
  return groups
}

/** The scope of a second instrumentation, which writes the semantic conventions. */
const scope: Scope = { name: 'second-instrumentation', version: '', attributes: new Map(), schemaUrl: '' }
const operations = { chat: 'chat', embedding: 'embeddings', rerank: 'rerank' }

function attributesOf(usage: Usage, withId: boolean): Record<string, AnyValue> {
  const said = {
    'gen_ai.operation.name': operations[usage.class],
    'gen_ai.provider.name': usage.provider,
    'gen_ai.request.model': usage.model,
    'gen_ai.response.model': usage.responseModel,
    'gen_ai.response.id': withId ? usage.responseId : null,
    'gen_ai.usage.input_tokens': usage.prompt,
    'gen_ai.usage.output_tokens': usage.class === 'chat' ? usage.completion : null,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoning,
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null))
}

/** The span of the second instrumentation for a call: below `parent`, as long as the call or a little shorter. */
function twinOf({ facts, usage }: Call, parent: string, withId: boolean, narrow: boolean): Facts {
  const less = narrow ? (facts.endNs - facts.startNs) / 100n : 0n
  const span: Span = spanWith(attributesOf(usage, withId), {
    traceId: facts.trace,
    spanId: createHash('sha256').update(facts.id).digest('hex').slice(0, 16),
    parentSpanId: parent,
    name: operations[usage.class],
    kind: 3,
    startTimeUnixNano: facts.startNs + less,
    endTimeUnixNano: facts.endNs - less,
    scope,
  })
  return mapSpan(span, options)
}

/** The span of a call. A record names it. */
function spanOf({ facts }: Call): string {
  return facts.source === 'span' ? facts.id : facts.parent
}

/** The log record of the conventions that repeats a call. */
function recordOf(call: Call): Facts {
  const { facts, usage } = call
  const record: LogRecord = recordWith({
    traceId: facts.trace,
    spanId: spanOf(call),
    eventName: 'gen_ai.client.inference.operation.details',
    timeUnixNano: facts.endNs,
    attributes: new Map(Object.entries(attributesOf(usage, true))),
    scope,
  })
  return mapRecord(record, options)
}

const places: Readonly<Record<string, (call: Call) => Facts>> = {
  'below it, with its response id': (call) => twinOf(call, spanOf(call), true, true),
  'below it, without': (call) => twinOf(call, spanOf(call), false, true),
  'beside it, with its response id': (call) => twinOf(call, call.facts.parent, true, false),
  'beside it, without': (call) => twinOf(call, call.facts.parent, false, false),
  'beside it, without and shorter': (call) => twinOf(call, call.facts.parent, false, true),
  'as a record': recordOf,
}

describe.each(recordings)('%s', (recording) => {
  const { spans, records } = load(recording)
  const facts = [...spans.map((span) => mapSpan(span, options)), ...records.map((record) => mapRecord(record, options))]
  const { bill, billed } = settled(facts)
  const calls = billed.filter(({ usage }) => usage.role === 'call')

  test.each(Object.entries(places))('every call that is reported once more %s is billed once', (_, twin) => {
    expect(settled([...facts, ...calls.map(twin)]).bill).toEqual(bill)
  })
})
