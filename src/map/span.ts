import type { Span } from '../decode/span.ts'
import { eventsOf, hasStartAndEndEvents } from './derive/events.ts'
import { storableMessages } from './derive/limit-content.ts'
import { outcomeOf } from './derive/outcome.ts'
import type { RecognisedItem } from './derive/recognised-item.ts'
import { redactedText, redactFacts } from './derive/redact-facts.ts'
import { idIn, nameIn } from './derive/statements.ts'
import { toolRunOf } from './derive/tool-run.ts'
import { usageOfEvents } from './derive/usage/event-usage.ts'
import { unknownUsageOf } from './derive/usage/unknown-usage.ts'
import { unreadUsageOf } from './derive/usage/unread-usage.ts'
import { modelAt, usageOf } from './derive/usage/usage.ts'
import { contentLimit, defaultLimits, fitTime, type Limits, uncut } from './facts/column-limits.ts'
import type { EventFact, Facts, Kind, RunPart } from './facts/facts.ts'
import { isNothing, newFacts } from './item-facts.ts'
import { builtInVocabulary, plainWorkflowId, type Vocabulary } from './lookup/vocabulary.ts'
import { toolAnswersOf, toolAsksOf } from './messages/message-summary.ts'
import { spanMessages } from './messages/read-messages.ts'
import type { MapOptions } from './options.ts'
import { reporterOf } from './reporter.ts'
import { type Item, newItem } from './table/item.ts'

/**
 * Reduces a span to what the ledger needs: its dialect, its kind, and by the dialect's table its run, usage, messages and
 * tool run. The function is pure and total: it never throws, and the same span gives the same Facts.
 */
export function mapSpan(span: Span, options: MapOptions): Facts {
  const recognised = recognise(span, options)
  const { item, kind, dialect, matched, summary, ended } = recognised
  const { startNs, endNs, open } = timesOf(span)
  const facts = newFacts(recognised, span, options)
  facts.id = span.spanId
  facts.parent = span.parentSpanId
  facts.remoteParent = isRemote(span) || endsWithoutParent(span, options)
  facts.startNs = startNs
  facts.endNs = endNs
  facts.open = open
  const instant = startNs === endNs
  const run = matched.engine?.run?.(item, { code: span.status.code, outcome: ended.outcome, instant })
  facts.run = withoutEnd(run ?? null, open)
  facts.endsWell = dialect.endsWell?.(item, kind) ?? false
  // the cost of a call is known when the call has ended
  if (kind !== 'plain' && !open) {
    facts.usage = usageOf(item, dialect, kind) ?? usageOfEvents(item, kind, options.vocabulary ?? builtInVocabulary)
  }
  if (!open) facts.unknownUsage = unknownUsageOf(recognised, facts.usage)
  if (!open) facts.unreadUsage = unreadUsageOf(recognised, item, facts.usage)
  if (kind === 'tool') facts.tool = toolRunOf(recognised)
  if (summary !== null) {
    facts.asks = toolAsksOf(summary)
    facts.answers = toolAnswersOf(summary, kind === 'llm')
  }
  const { limits = defaultLimits } = options
  if (recognised.redactor !== undefined) redactFacts(facts, recognised.redactor, limits)
  facts.events = spanEvents(span, recognised, facts, limits)
  return facts
}

function recognise(span: Span, options: MapOptions): RecognisedItem {
  const { limits: stored = defaultLimits, vocabulary: vocabularyOf = builtInVocabulary } = options
  const vocabulary = vocabularyOf(span.scope.name, span.attributes)
  const item = itemOf(span, vocabulary)
  const { dialect, kind, matched } = vocabulary.detector.recognise(item)
  const redactor = options.redaction?.forItem(span.attributes, ...span.events.map(({ attributes }) => attributes))
  const limits = redactor === undefined ? stored : uncut(stored)
  return {
    item,
    vocabulary,
    limits,
    redactor,
    dialect,
    kind,
    matched,
    workflowId: idIn(item, matched.ids.workflowId),
    agent: kind === 'plain' ? null : nameIn(item, dialect.fields.agent),
    summary: storableMessages(spanMessages(item, dialect, kind, limits.text), limits),
    ended: outcomeOf(item, span.status, dialect, limits.text),
  }
}

function itemOf(span: Span, vocabulary: Vocabulary): Item {
  const item = newItem(span.name, span.attributes, span.scope.name)
  item.events = span.events
  item.service = reporterOf(span).service
  item.spanKind = span.kind
  item.isTop = span.parentSpanId === '' || isRemote(span)
  item.workflowId = plainWorkflowId(item, vocabulary)
  return item
}

/**
 * Whether the parent is in another process: bit 9 of the flags, if bit 8 says that it is known, else the span kind SERVER
 * or CONSUMER (R91).
 */
function isRemote(span: Span): boolean {
  if (span.parentSpanId === '') return false
  return (span.flags & 0x100) !== 0 ? (span.flags & 0x200) !== 0 : span.kind === 2 || span.kind === 5
}

/** Whether the span ends its task although its parent never arrives, by the settings. */
function endsWithoutParent(span: Span, { absentParentEnds }: MapOptions): boolean {
  return span.parentSpanId !== '' && (absentParentEnds?.(reporterOf(span).service) ?? false)
}

/** A span without an end is open. An absent time is the other one; a span that ends before its start took no time (R88). */
function timesOf(span: Span): { startNs: bigint; endNs: bigint; open: boolean } {
  const startNs = fitTime(span.startTimeUnixNano || span.endTimeUnixNano)
  const endNs = fitTime(span.endTimeUnixNano)
  const open = span.endTimeUnixNano === 0n && startNs > 0n
  return { startNs, endNs: endNs < startNs ? startNs : endNs, open }
}

/** Returns the run part of a span without a role that ends the run, if the span is open. */
function withoutEnd(part: RunPart | null, open: boolean): RunPart | null {
  if (part === null || !open || part.role === 'inside' || part.role === 'outside') return part
  return { ...part, role: part.role === 'stop' ? 'outside' : 'open' }
}

/** Returns the events of a span, whose other facts are known. */
function spanEvents(span: Span, recognised: RecognisedItem, facts: Facts, limits: Limits): EventFact[] {
  const { kind, ended, redactor } = recognised
  const { tool } = facts
  if (isNothing(recognised) || (!hasStartAndEndEvents(kind) && span.events.length === 0)) return []
  return eventsOf({
    trace: span.traceId,
    id: span.spanId,
    // a call that another span repeats with its counters is one event
    kind: isWrapper(kind, facts) ? 'plain' : kind,
    startNs: facts.startNs,
    endNs: facts.endNs,
    open: facts.open,
    attributes: span.attributes,
    spanEvents: kind === 'plain' && ended.outcome === 'cancelled' ? withoutExceptions(span) : span.events,
    subject: subjectOf(span, recognised, facts),
    input: tool?.input ?? reasoningOf(recognised, limits),
    output: tool?.output ?? null,
    failed: ended.outcome !== 'ok',
    error: facts.error,
    limits,
    redactor,
  })
}

/** Returns what a model thought, as it is stored; null for nothing. */
function reasoningOf({ summary, redactor }: RecognisedItem, limits: Limits): string | null {
  const reasoning = summary?.reasoning ?? null
  if (reasoning === null || redactor === undefined) return reasoning
  return redactedText(reasoning, redactor, contentLimit(limits))
}

/**
 * Drops the exceptions of a cancelled step: the span that cancels the run has the event, and a step may learn of its
 * cancellation long after the run's end.
 */
function withoutExceptions({ events }: Span): Span['events'] {
  return events.filter(({ name }) => name !== 'exception')
}

/** Whether a span is around the calls for embeddings or rankings whose counters it sums up. */
function isWrapper(kind: Kind, { usage }: Facts): boolean {
  return (kind === 'embedding' || kind === 'rerank') && usage?.role === 'aggregate'
}

/** Returns the tool, agent or model that begins the messages of a span's events. */
function subjectOf(span: Span, { item, dialect, kind, agent }: RecognisedItem, { tool, usage }: Facts): string {
  if (tool !== null) return tool.name ?? span.name
  if (kind === 'agent') return agent ?? span.name
  return usage?.responseModel ?? usage?.model ?? modelAt(item, dialect.fields.model) ?? span.name
}
