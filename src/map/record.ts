import { createHash } from 'node:crypto'
import type { LogRecord } from '../decode/span.ts'
import { eventsOf, type NamedRecord, recordEvent } from './derive/events.ts'
import { storableMessages } from './derive/limit-content.ts'
import { outcomeOf, type Status, succeeded } from './derive/outcome.ts'
import type { RecognisedItem } from './derive/recognised-item.ts'
import { redactFacts } from './derive/redact-facts.ts'
import { idIn, nameIn } from './derive/statements.ts'
import { toolRunOf } from './derive/tool-run.ts'
import { unreadUsageOf } from './derive/usage/unread-usage.ts'
import { usageOf } from './derive/usage/usage.ts'
import { defaultLimits, fitTime, uncut } from './facts/column-limits.ts'
import type { EventFact, Facts, Kind, ToolAnswer, ToolAsk, ToolRun } from './facts/facts.ts'
import { newFacts } from './item-facts.ts'
import type { Detector, Recognised } from './lookup/detect.ts'
import { builtInVocabulary, plainWorkflowId, type Vocabulary } from './lookup/vocabulary.ts'
import { toolAnswersOf, toolAsksOf } from './messages/message-summary.ts'
import { eventRuleOf, recordMessages } from './messages/read-messages.ts'
import type { MapOptions } from './options.ts'
import { reporterOf } from './reporter.ts'
import type { EventRule } from './table/dialect.ts'
import { type Item, newItem } from './table/item.ts'
import { firstValue } from './table/source.ts'
import { asAmount, asName } from './values/convert.ts'

/**
 * Reduces a log record to what the ledger needs, like `mapSpan`. A record whose name is no event of its dialect says only
 * whose run it belongs to: an application's own records may repeat any attribute of a span, which would count twice.
 */
export function mapRecord(record: LogRecord, options: MapOptions): Facts {
  const recognised = recognise(record, options)
  const { item, kind, dialect, rule, summary, workflowId, redactor } = recognised
  const facts = newFacts(recognised, record, options)
  facts.id = facts.digest.slice(0, 32)
  facts.trace = record.traceId || substituteTrace(workflowId, facts.digest)
  facts.parent = record.spanId
  // nothing that arrives later can be above a record without a trace
  facts.remoteParent = record.traceId === ''
  facts.endNs = fitTime(record.timeUnixNano === 0n ? record.observedTimeUnixNano : record.timeUnixNano)
  facts.startNs = rule === null ? facts.endNs : facts.endNs - durationNs(recognised)
  if (rule?.usage !== undefined) facts.usage = usageOf(item, dialect, kind, rule.usage)
  facts.unreadUsage = unreadUsageOf(recognised, item, facts.usage)
  const run = kind === 'tool' ? toolRunOf(recognised) : null
  // a run with a call id joins the span or message that has the id, which may report it as well
  facts.tool = run?.callId === null ? run : null
  // a single input message is an earlier part of its conversation: the answer before it asked
  facts.asks = summary === null ? toolAskOf(run) : toolAsksOf(summary, rule?.message === 'input')
  facts.answers = summary === null ? toolAnswerOf(run) : toolAnswersOf(summary, kind === 'llm')
  const { limits = defaultLimits } = options
  if (redactor !== undefined) redactFacts(facts, redactor, limits)
  const { spanId: span, body, attributes } = record
  facts.events = recordEvents({ name: item.name, trace: facts.trace, span, body, attributes, limits, redactor }, facts)
  return facts
}

/** A recognised log record, with the event rule of its dialect; null: no dialect knows its name. */
interface RecognisedRecord extends RecognisedItem {
  readonly rule: EventRule | null
}

function recognise(record: LogRecord, options: MapOptions): RecognisedRecord {
  const { limits: stored = defaultLimits, vocabulary: vocabularyOf = builtInVocabulary } = options
  const vocabulary = vocabularyOf(record.scope.name, record.attributes)
  const item = itemOf(record, vocabulary)
  const { dialect, kind, matched, rule } = recogniseEvent(item, vocabulary)
  const redactor = options.redaction?.forItem(record.attributes, record.body)
  const limits = redactor === undefined ? stored : uncut(stored)
  return {
    item,
    vocabulary,
    limits,
    redactor,
    dialect,
    kind,
    matched,
    rule,
    // a record of a client names the run, whatever the record is about
    workflowId: idIn(item, matched.ids.workflowId),
    agent: kind === 'plain' ? null : nameIn(item, dialect.fields.agent),
    summary: rule === null ? null : storableMessages(recordMessages(item, dialect, rule, limits.text), limits),
    ended: rule === null ? succeeded : outcomeOf(item, unset, dialect, limits.text),
  }
}

const unset: Status = { code: 0, message: '' }

function itemOf(record: LogRecord, vocabulary: Vocabulary): Item {
  const item = newItem(eventNameOf(record), record.attributes, record.scope.name)
  item.service = reporterOf(record).service
  item.body = record.body
  item.isRecord = true
  if (item.name === '') item.name = dialectEventName(item, vocabulary.detector)
  item.workflowId = plainWorkflowId(item, vocabulary)
  return item
}

/**
 * Returns the event name of a record: an attribute before OTLP 1.5, a field since. The attribute comes first, because some
 * loggers write the place in their source code into the field.
 */
function eventNameOf(record: LogRecord): string {
  const name = record.attributes.get('event.name')
  return (name === undefined ? null : asName(name)) ?? record.eventName
}

/** Returns the event name at the place that a dialect names; '' for none. */
function dialectEventName(item: Item, detector: Detector): string {
  for (const dialect of detector.match(item).dialects) {
    const name = firstValue(item, dialect.eventName, asName)
    if (name !== null) return name
  }
  return ''
}

function recogniseEvent(item: Item, vocabulary: Vocabulary): Recognised & Pick<RecognisedRecord, 'rule'> {
  const matched = vocabulary.detector.match(item)
  for (const dialect of item.name === '' ? [] : matched.dialects) {
    const rule = eventRuleOf(dialect, item.name)
    if (rule !== undefined && (rule.when?.(item) ?? true))
      return { dialect, kind: kindOf(rule, item), matched: matched.withFirst(dialect), rule }
  }
  return { dialect: vocabulary.plain, kind: 'plain', matched, rule: null }
}

function kindOf({ kind }: EventRule, item: Item): Kind {
  return typeof kind === 'function' ? kind(item) : kind
}

/**
 * Returns the trace of a record that has none: one that all records of its workflow share, or one of its own where it
 * names no workflow.
 */
function substituteTrace(workflowId: string | null, digest: string): string {
  return workflowId === null ? digest.slice(0, 32) : traceOfWorkflow(workflowId)
}

/** Returns the trace of the records of a workflow that name no trace. */
export function traceOfWorkflow(workflowId: string): string {
  return createHash('sha256').update(workflowId).digest('hex').slice(0, 32)
}

/** A longer duration is in another unit than milliseconds. One day. */
const longestMs = 86_400_000

/** Returns how long the reported event took; 0 where the record doesn't say. */
function durationNs({ item, dialect }: RecognisedItem): bigint {
  const milliseconds = firstValue(item, dialect.fields.duration, asAmount)
  return milliseconds === null ? 0n : BigInt(Math.round(Math.min(milliseconds, longestMs) * 1e6))
}

/** Returns a record's tool run as a tool call under its id; an empty list where it has no id or name. */
function toolAskOf(run: ToolRun | null): ToolAsk[] {
  if (run?.callId == null || run.name === null) return []
  const { callId, name, input, likeness } = run
  return [{ callId, name, input, ...(likeness !== undefined && { likeness }) }]
}

/** Returns a record's tool run as a tool result under its id; an empty list where it has no id. */
function toolAnswerOf(run: ToolRun | null): ToolAnswer[] {
  if (run?.callId == null) return []
  const { callId, name, output, error, success } = run
  return [{ callId, name, output: success ? output : (error ?? output), failed: !success }]
}

/** Returns a record's own event, between the start and the end of its tool run where no other item reports that run. */
function recordEvents(record: NamedRecord, { tool, startNs, endNs }: Facts): EventFact[] {
  const { name, trace, span, attributes, limits, redactor } = record
  const own = name === '' ? [] : [recordEvent(record, endNs)]
  if (tool === null) return own
  const [called, ended] = eventsOf({
    trace,
    id: span,
    kind: 'tool',
    startNs,
    endNs,
    open: false,
    attributes,
    spanEvents: [],
    subject: tool.name ?? name,
    input: tool.input,
    output: tool.output,
    failed: !tool.success,
    error: tool.error,
    limits,
    redactor,
  })
  return [called!, ...own, ended!]
}
