import { createHash } from 'node:crypto'
import { columnSize } from '../columns.ts'
import type { LogRecord } from '../decode/span.ts'
import { storableTalk } from './derive/content.ts'
import { eventsOf, type Recorded, recordEvent } from './derive/events.ts'
import { type Outcome, outcomeOf } from './derive/outcome.ts'
import { idIn, nameIn, statementsOf } from './derive/statements.ts'
import { usageOf } from './derive/usage.ts'
import { contentLimit, defaultLimits, fitText, fitTime } from './facts/column-limits.ts'
import type { EventFact, Facts, ToolAnswer, ToolAsk, ToolRun } from './facts/facts.ts'
import type { Detector } from './lookup/detect.ts'
import { known as knownVocabulary, type Vocabulary } from './lookup/vocabulary.ts'
import { answersOf, asksOf } from './messages/messages.ts'
import { hearRecord, ruleOf } from './messages/read-messages.ts'
import type { MapOptions } from './options.ts'
import { reporterOf } from './reporter.ts'
import { sharedWorkflow, toolOf } from './span.ts'
import type { Narrow } from './table/compile.ts'
import type { EventRule } from './table/dialect.ts'
import type { Speech } from './table/matched-dialects.ts'
import { asAmount, asName, first, newReading, type Reading } from './table/reading.ts'

/**
 * One log record, reduced likewise. Only an event that its dialect knows by name says more than whose run it belongs
 * to: an application's own records may repeat any attribute of a span, and would count it twice.
 */
export function mapRecord(record: LogRecord, options: MapOptions): Facts {
  const { limits = defaultLimits, vocabulary: vocabularyOf = knownVocabulary } = options
  const vocabulary = vocabularyOf(record.scope.name, record.attributes)
  const { service, origin } = reporterOf(record)
  const reading = readingOf(record, vocabulary)
  const { name } = reading
  const spoken = vocabulary.detector.spoken(reading)
  const known = knownEvent(reading, spoken)
  const dialect = known?.dialect ?? vocabulary.plain
  const speech = known === null ? spoken : spoken.ledBy(known.dialect)
  const kind = known?.rule.kind ?? 'plain'
  // a client's record names the run whatever it is about
  const workflowId = idIn(reading, speech.ids.workflowId)
  const digest = options.digest(record)
  const trace = record.traceId || traceOf(workflowId, digest)
  const timeNs = fitTime(record.timeUnixNano === 0n ? record.observedTimeUnixNano : record.timeUnixNano)
  const talk = known === null ? null : storableTalk(hearRecord(reading, dialect, known.rule, limits.text), limits)
  const ended: Outcome =
    known === null ? { outcome: 'ok', error: null } : outcomeOf(reading, unset, dialect, limits.text)
  const role = known?.rule.usage
  const startNs = known === null ? timeNs : timeNs - durationNs(reading, dialect)
  const told = kind === 'tool' ? toolOf(reading, dialect, ended, limits) : null
  const alone = told?.callId === null ? told : null
  const { spanId: span, body, attributes } = record
  return {
    tenant: options.tenant,
    source: 'record',
    trace,
    id: digest.slice(0, 32),
    parent: record.spanId,
    remoteParent: false,
    startNs,
    endNs: timeNs,
    attributeCount: record.attributes.size,
    digest,
    name: fitText(name, columnSize.name),
    kind,
    dialect: kind === 'plain' && workflowId === null ? '' : dialect.name,
    spanKind: 0,
    origin,
    service,
    workflowId,
    agent: kind === 'plain' ? null : nameIn(reading, dialect.fields.agent),
    outcome: ended.outcome,
    error: ended.error,
    run: null,
    open: false,
    endsWell: false,
    statements: statementsOf(
      { reading, dialect, speech, vocabulary, kind, talk, source: 'record' },
      contentLimit(limits),
    ),
    usage: role === undefined ? null : usageOf(reading, dialect, kind, role),
    tool: alone,
    // one message of what a model was given is out of its place in the conversation: the answer before it asked
    asks: talk === null ? askOf(told) : asksOf(talk, known?.rule.message === 'input'),
    answers: talk === null ? answerOf(told) : answersOf(talk),
    events: toldOf({ name, trace, span, body, attributes, limits }, alone, startNs, timeNs),
  }
}

/** The events of a record, between those that a tool's span has where only this record tells of the run. */
function toldOf(recorded: Recorded, run: ToolRun | null, startNs: bigint, endNs: bigint): EventFact[] {
  const { name, trace, span, attributes, limits } = recorded
  const own = name === '' ? [] : [recordEvent(recorded, endNs)]
  if (run === null) return own
  const [called, ended] = eventsOf({
    trace,
    id: span,
    kind: 'tool',
    startNs,
    endNs,
    open: false,
    attributes,
    spanEvents: [],
    subject: run.name ?? name,
    given: run.input,
    gave: run.output,
    failed: !run.success,
    error: run.error,
    limits,
  })
  return [called!, ...own, ended!]
}

/** How long what the record tells of took; 0 where it doesn't say. */
function durationNs(reading: Reading, { fields }: Narrow): bigint {
  const milliseconds = first(reading, fields.duration, asAmount)
  return milliseconds === null ? 0n : BigInt(Math.round(Math.min(milliseconds, longestMs) * 1e6))
}

// a day: what claims more was counted in another unit
const longestMs = 86_400_000

/** By its call id a tool run joins the span that tells of it as well, as a message's call does. */
function askOf(told: ToolRun | null): ToolAsk[] {
  if (told?.callId == null || told.name === null) return []
  const { callId, name, input, likeness } = told
  return [{ callId, name, input, ...(likeness !== undefined && { likeness }) }]
}

function answerOf(told: ToolRun | null): ToolAnswer[] {
  if (told?.callId == null) return []
  const { callId, name, output, error, success } = told
  return [{ callId, name, output: success ? output : (error ?? output), failed: !success }]
}

const unset = { code: 0, message: '' }

/** An attribute before OTLP 1.5, a field of its own since; some loggers fill the field with the place in their source. */
function eventNameOf(record: LogRecord): string {
  const name = record.attributes.get('event.name')
  return (name === undefined ? null : asName(name)) ?? record.eventName
}

/** Some clients have a place of their own for it. */
function ownNameOf(reading: Reading, detector: Detector): string {
  for (const dialect of detector.spoken(reading).dialects) {
    const name = first(reading, dialect.eventName, asName)
    if (name !== null) return name
  }
  return ''
}

function readingOf(record: LogRecord, vocabulary: Vocabulary): Reading {
  const reading = newReading(eventNameOf(record), record.attributes, record.scope.name)
  reading.body = record.body
  reading.record = true
  if (reading.name === '') reading.name = ownNameOf(reading, vocabulary.detector)
  reading.workflowId = sharedWorkflow(reading, vocabulary)
  return reading
}

function knownEvent(
  reading: Reading,
  { dialects }: Speech,
): { readonly dialect: Narrow; readonly rule: EventRule } | null {
  if (reading.name === '') return null
  for (const dialect of dialects) {
    const rule = ruleOf(dialect, reading.name)
    if (rule !== undefined && (rule.when?.(reading) ?? true)) return { dialect, rule }
  }
  return null
}

/** A record without a trace stands with the others of its workflow, and alone if it names none. */
function traceOf(workflowId: string | null, digest: string): string {
  return workflowId === null ? digest.slice(0, 32) : createHash('sha256').update(workflowId).digest('hex').slice(0, 32)
}
