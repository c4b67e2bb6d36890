import { durationMs, millisecondsOf } from '../../columns.ts'
import type { AnyValue, Attributes, SpanEvent } from '../../decode/span.ts'
import { explainNode } from '../../explain/explain-trace.ts'
import { reasonCodeOf } from '../../explain/run-tree.ts'
import { builtInVocabulary } from '../../map/lookup/vocabulary.ts'
import { messagesOfSpan } from '../../map/messages/read-messages.ts'
import { transcriptOf } from '../../map/messages/transcript.ts'
import type { MapOptions } from '../../map/options.ts'
import { newItem } from '../../map/table/item.ts'
import { filledIn } from '../../queries/filled-in.ts'
import type { RunRow } from '../../queries/rows/run-rows.ts'
import { type EventPayload, readCall, readPayloads, readToolRuns } from '../../queries/runs/run.ts'
import { dashed } from '../../settle/model/ids.ts'
import type { Node } from '../../settle/model/node.ts'
import { timesOf } from '../../settle/model/time/node-times.ts'
import { type Trace, workflowOf } from '../../settle/model/trace.ts'
import type { Database } from '../../store/database.ts'
import { readBilledReports } from '../../transaction/read/read-traces.ts'
import type { SpanAnswer } from '../answers/span.ts'
import { callOf, costPartsOf } from './call-answer.ts'
import { spanReasons } from './span-reasons.ts'
import { isoTimeOfNs } from './tree-answer.ts'

/** A span of a settled trace, and where the rest about it is read. */
export interface SpanParts {
  readonly database: Database
  readonly mapping: MapOptions
  readonly run: RunRow
  readonly trace: Trace
  readonly span: string
}

/** Makes the answer about one span; null where it is none of the run. */
export async function explainSpan({ database, mapping, run, trace, span }: SpanParts): Promise<SpanAnswer | null> {
  const node = trace.nodes.get(span)
  const workflow = run.workflow_id
  if (node === undefined || !trace.isRun || workflowOf(trace, node) !== workflow) return null
  const billed = await readBilledReports(database, [trace])
  const explained = explainNode(trace, node, billed)
  const { facts, rows } = node
  const usageId = rows?.usage?.id ?? rows?.report?.id
  const call = usageId === undefined ? undefined : await readCall(database, dashed(usageId), run.id)
  const payloads = await payloadsOf(database, node, workflow)
  const attributes = attributesIn(payloads)
  const times = timesOf(node)
  const { usage } = facts
  return {
    trace_id: trace.id,
    span_id: facts.id,
    parent_span_id: facts.parent || null,
    ...{ source: facts.source, name: facts.name, kind: facts.kind, dialect: facts.dialect },
    outcome: explained.outcome,
    service: facts.service,
    scope: scopeIn(facts.origin),
    error: facts.error,
    started_at: isoTimeOfNs(times.startNs),
    ended_at: facts.open ? null : isoTimeOfNs(times.endNs),
    duration_ms: facts.open || facts.source === 'record' ? null : durationMs(times.startNs, times.endNs),
    workflow_id: explained.workflow,
    reasons: spanReasons({ trace, node, billed, explained, call }),
    counted: call !== undefined,
    reason: reasonCodeOf(trace, node, call !== undefined),
    reported:
      usage === null
        ? null
        : {
            prompt_tokens: usage.prompt,
            completion_tokens: usage.completion,
            role: usage.role,
            normal_form: usage.cacheSemantics,
          },
    call: call === undefined ? null : callOf(call),
    cost_parts: call === undefined ? [] : costPartsOf(call),
    tools: await readToolRuns(
      database,
      (rows?.tools ?? []).map(({ id }) => dashed(id)),
      workflow,
    ),
    agent: node.inherited.agent,
    rows: explained.rows,
    messages: transcriptOf(messagesOfSpan(...itemOf(node, attributes ?? {}, payloads, mapping))),
    attributes,
    unread_usage: facts.unreadUsage,
    sql: filledIn("select * from event_logs where workflow_id = $1 and payload ->> 'span_id' = $2 order by seq", [
      ...[workflow, facts.id],
    ]),
  }
}

function payloadsOf(database: Database, { rows, facts }: Node, workflow: string): Promise<EventPayload[]> {
  const events = (rows?.events ?? []).slice(0, 200)
  const times = [facts.startNs, facts.endNs, ...events.map(({ fact }) => fact.timeNs)].map(millisecondsOf)
  return readPayloads(database, {
    ids: events.map(({ id }) => dashed(id)),
    workflow,
    fromMs: Math.min(...times),
    toMs: Math.max(...times),
  })
}

/** The attributes of a span, which the event of its start has. */
function attributesIn(payloads: readonly EventPayload[]): Record<string, unknown> | null {
  const own = payloads.find(({ type }) => /^(agent|tool)\.(started|thinking|called)$/.test(type))?.payload ?? null
  const found = (own ?? payloads[0]?.payload)?.attributes
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : null
}

/** The span as its dialect reads it, from what the events keep of it. */
function itemOf(
  { facts }: Node,
  attributes: Readonly<Record<string, unknown>>,
  payloads: readonly EventPayload[],
  { vocabulary = builtInVocabulary }: MapOptions,
) {
  const kept = attributesOf(attributes)
  const scope = scopeIn(facts.origin)
  const item = newItem(facts.name, kept, scope)
  item.service = facts.service
  item.isRecord = facts.source === 'record'
  item.events = payloads
    .filter(({ type }) => !/^(agent|tool|task)\./.test(type))
    .map(({ type, payload }): SpanEvent => {
      const of = payload?.attributes
      const found = typeof of === 'object' && of !== null ? attributesOf(of as Record<string, unknown>) : new Map()
      return { timeUnixNano: 0n, name: type, attributes: found, droppedAttributesCount: 0 }
    })
  return [item, vocabulary(scope, kept).detector.recognise(item).dialect] as const
}

function attributesOf(object: Readonly<Record<string, unknown>>): Attributes {
  return new Map(Object.entries(object) as [string, AnyValue][])
}

/** The scope in `scope@service`, the origin of a report. */
function scopeIn(origin: string): string {
  return origin.slice(0, Math.max(0, origin.lastIndexOf('@')))
}
